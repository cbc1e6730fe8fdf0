#include "include/CNetSNMP.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/large_fd_set.h>
#include <net-snmp/library/snmp_transport.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef NETSNMP_DS_LIB_DISABLE_V3
#error "written for net-snmp 5.9, which has this setting"
#endif
_Static_assert(sizeof(oid) >= 4, "arcs are 32 bits wide");

struct flotilla_snmp_session {
    void *handle;
    int descriptor;
    long version;
    int32_t waiting;      // request id, 0 for none
    int reading;          // what the datagram under the current read was
    flotilla_snmp_page page;
};

// MARK: One owner

static pthread_mutex_t owner_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_t owner;
static size_t open_sessions;
static int started;

static int claim(void) {
    int granted = 1;
    pthread_mutex_lock(&owner_lock);
    if (open_sessions == 0) owner = pthread_self();
    else granted = pthread_equal(owner, pthread_self());
    if (granted) open_sessions += 1;
    pthread_mutex_unlock(&owner_lock);
    return granted;
}

static void release(void) {
    pthread_mutex_lock(&owner_lock);
    open_sessions -= 1;
    pthread_mutex_unlock(&owner_lock);
}

// `init_snmp` is not called: it searches for MIB files, reads configuration and makes a folder below /var/lib. What
// versions 1 and 2c need, the transports and the first request id, `snmp_sess_init` makes by itself.
static void start(void) {
    if (started) return;
    started = 1;
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
    netsnmp_session first;
    snmp_sess_init(&first);
    snmp_disable_log();  // errors are returned; the library writes to nobody's console
}

// MARK: The page: arrays that only grow, shared by all sessions of the one thread

static uint32_t *arcs;
static size_t arcs_count, arcs_room;
static uint8_t *octets;
static size_t octets_count, octets_room;
static flotilla_snmp_varbind *varbinds;
static size_t varbinds_count, varbinds_room;

static int make_room(void **array, size_t *room, size_t needed, size_t size) {
    if (needed <= *room) return 1;
    size_t wanted = *room ? *room : 1024;
    while (wanted < needed) wanted *= 2;
    void *grown = realloc(*array, wanted * size);
    if (!grown) return 0;
    *array = grown;
    *room = wanted;
    return 1;
}

static int add_arcs(const oid *from, size_t count) {
    if (!make_room((void **)&arcs, &arcs_room, arcs_count + count, sizeof *arcs)) return 0;
    for (size_t i = 0; i < count; i++) arcs[arcs_count + i] = (uint32_t)from[i];
    arcs_count += count;
    return 1;
}

static int add_octets(const void *from, size_t count) {
    if (count == 0) return 1;
    if (!make_room((void **)&octets, &octets_room, octets_count + count, 1)) return 0;
    memcpy(octets + octets_count, from, count);
    octets_count += count;
    return 1;
}

static int add_number(uint64_t number) {
    uint8_t spelled[8];
    for (int i = 0; i < 8; i++) spelled[i] = (uint8_t)(number >> (8 * i));
    return add_octets(spelled, sizeof spelled);
}

static int add_value_arcs(const netsnmp_variable_list *variable) {
    size_t count = variable->val_len / sizeof(oid);
    for (size_t i = 0; i < count; i++) {
        uint32_t arc = (uint32_t)variable->val.objid[i];
        uint8_t spelled[4] = {(uint8_t)arc, (uint8_t)(arc >> 8), (uint8_t)(arc >> 16), (uint8_t)(arc >> 24)};
        if (!add_octets(spelled, sizeof spelled)) return 0;
    }
    return 1;
}

static uint64_t wide(const struct counter64 *number) {
    return ((uint64_t)(number->high & 0xffffffffu) << 32) | (number->low & 0xffffffffu);
}

// Returns the type, or 0 when memory ran out.
static uint32_t add_value(const netsnmp_variable_list *variable) {
    uint64_t bits = 0;
    switch (variable->type) {
    case ASN_INTEGER:
        return add_number((uint64_t)(int64_t)(int32_t)*variable->val.integer) ? FLOTILLA_SNMP_INTEGER : 0;
    case ASN_GAUGE:
        return add_number((uint32_t)*variable->val.integer) ? FLOTILLA_SNMP_GAUGE : 0;
    case ASN_COUNTER:
        return add_number((uint32_t)*variable->val.integer) ? FLOTILLA_SNMP_COUNTER32 : 0;
    case ASN_TIMETICKS:
        return add_number((uint32_t)*variable->val.integer) ? FLOTILLA_SNMP_TICKS : 0;
    case ASN_COUNTER64:
    case ASN_OPAQUE_COUNTER64:
    case ASN_OPAQUE_U64:
    case ASN_OPAQUE_I64:
        return add_number(wide(variable->val.counter64)) ? FLOTILLA_SNMP_COUNTER64 : 0;
    case ASN_OPAQUE_FLOAT:
        memcpy(&bits, variable->val.floatVal, sizeof(float));
        return add_number(bits & 0xffffffffu) ? FLOTILLA_SNMP_FLOAT : 0;
    case ASN_OPAQUE_DOUBLE:
        memcpy(&bits, variable->val.doubleVal, sizeof(double));
        return add_number(bits) ? FLOTILLA_SNMP_DOUBLE : 0;
    case ASN_OBJECT_ID:
        return add_value_arcs(variable) ? FLOTILLA_SNMP_OID : 0;
    case ASN_OCTET_STR:
    case ASN_BIT_STR:
        return add_octets(variable->val.string, variable->val_len) ? FLOTILLA_SNMP_OCTETS : 0;
    case ASN_IPADDRESS:
        return add_octets(variable->val.string, variable->val_len) ? FLOTILLA_SNMP_ADDRESS : 0;
    case SNMP_NOSUCHOBJECT:
        return FLOTILLA_SNMP_NO_SUCH_OBJECT;
    case SNMP_NOSUCHINSTANCE:
        return FLOTILLA_SNMP_NO_SUCH_INSTANCE;
    case SNMP_ENDOFMIBVIEW:
        return FLOTILLA_SNMP_END_OF_VIEW;
    case ASN_NULL:
        return FLOTILLA_SNMP_NULL;
    default:  // opaque and what no standard names: kept as octets
        return add_octets(variable->val.string, variable->val_len) ? FLOTILLA_SNMP_OPAQUE : 0;
    }
}

static int copy(const netsnmp_pdu *pdu) {
    arcs_count = octets_count = varbinds_count = 0;
    for (const netsnmp_variable_list *variable = pdu->variables; variable; variable = variable->next_variable) {
        if (!make_room((void **)&varbinds, &varbinds_room, varbinds_count + 1, sizeof *varbinds)) return 0;
        flotilla_snmp_varbind *entry = &varbinds[varbinds_count++];
        entry->name_start = (uint32_t)arcs_count;
        entry->name_count = (uint32_t)variable->name_length;
        if (!add_arcs(variable->name, variable->name_length)) return 0;
        entry->value_start = (uint32_t)octets_count;
        entry->type = add_value(variable);
        if (entry->type == 0) return 0;
        entry->value_count = (uint32_t)octets_count - entry->value_start;
    }
    return 1;
}

// MARK: What the library calls

// Sees every datagram after parsing, answered requests and strangers alike. Returning 0 makes the library drop it.
static int inspect(netsnmp_session *session, netsnmp_pdu *pdu, int parsed) {
    flotilla_snmp_session *own = session->callback_magic;
    if (parsed != SNMP_ERR_NOERROR || pdu->version != own->version || pdu->command != SNMP_MSG_RESPONSE) {
        own->reading = FLOTILLA_SNMP_MALFORMED;
        return 0;
    }
    own->page.request_id = (int32_t)pdu->reqid;
    if (own->waiting == 0 || (int32_t)pdu->reqid != own->waiting) {
        own->reading = FLOTILLA_SNMP_STRAY;
        return 0;
    }
    return 1;
}

// Called for the request of an answer, and for requests that the library drops after their time.
static int answered(int operation, netsnmp_session *session, int request, netsnmp_pdu *pdu, void *magic) {
    (void)session;
    flotilla_snmp_session *own = magic;
    if (operation != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE || request != own->waiting) return 1;
    own->waiting = 0;
    if (!copy(pdu)) {
        own->reading = FLOTILLA_SNMP_MALFORMED;
        return 1;
    }
    own->reading = FLOTILLA_SNMP_ANSWER;
    own->page.error_status = (int32_t)pdu->errstat;
    own->page.error_index = (int32_t)pdu->errindex;
    own->page.arcs = arcs;
    own->page.arc_count = arcs_count;
    own->page.octets = octets;
    own->page.octet_count = octets_count;
    own->page.varbinds = varbinds;
    own->page.varbind_count = varbinds_count;
    return 1;
}

// MARK: Sessions

// Spells the peer as the transport wants it and fills the socket address; 0 when it is not numeric.
static socklen_t peer(const char *address, uint16_t port, char *spelled, size_t room, const char **domain, struct sockaddr_storage *socket_address) {
    struct sockaddr_in *four = (struct sockaddr_in *)socket_address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)socket_address;
    memset(socket_address, 0, sizeof *socket_address);
    if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        *domain = "udp";
        snprintf(spelled, room, "%s:%u", address, port);
        return sizeof *four;
    }
    if (inet_pton(AF_INET6, address, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
        *domain = "udp6";
        snprintf(spelled, room, "[%s]:%u", address, port);
        return sizeof *six;
    }
    return 0;
}

static int32_t open_claimed(flotilla_snmp_session *own, const char *address, uint16_t port, const uint8_t *community,
                            size_t community_count, int32_t *system_error) {
    char spelled[INET6_ADDRSTRLEN + 16];
    const char *domain;
    struct sockaddr_storage remote;
    socklen_t remote_size = peer(address, port, spelled, sizeof spelled, &domain, &remote);
    if (remote_size == 0) return FLOTILLA_SNMP_BAD_ADDRESS;
    start();

    errno = 0;
    netsnmp_transport *transport = netsnmp_tdomain_transport(spelled, 0, domain);
    if (!transport) {
        *system_error = errno;
        return FLOTILLA_SNMP_NO_SOCKET;
    }
    if (connect(transport->sock, (struct sockaddr *)&remote, remote_size) != 0) {
        *system_error = errno;
        transport->f_close(transport);
        netsnmp_transport_free(transport);
        return FLOTILLA_SNMP_NO_SOCKET;
    }
    own->descriptor = transport->sock;
    fcntl(own->descriptor, F_SETFD, FD_CLOEXEC);
    fcntl(own->descriptor, F_SETFL, fcntl(own->descriptor, F_GETFL) | O_NONBLOCK);

    netsnmp_session template;
    snmp_sess_init(&template);
    template.version = own->version;
    template.community = (u_char *)(uintptr_t)community;
    template.community_len = community_count;
    template.retries = 0;
    template.timeout = 1000000;
    template.callback = NULL;
    template.callback_magic = own;
    template.flags |= SNMP_FLAGS_DONT_PROBE;
    own->handle = snmp_sess_add_ex(&template, transport, NULL, NULL, inspect, NULL, NULL, NULL, NULL);
    return own->handle ? FLOTILLA_SNMP_OK : FLOTILLA_SNMP_NO_MEMORY;  // the library has closed the transport
}

int32_t flotilla_snmp_open(const char *address, uint16_t port, int32_t version, const uint8_t *community, size_t community_count,
                           flotilla_snmp_session **session, int32_t *system_error) {
    *session = NULL;
    *system_error = 0;
    if (!claim()) return FLOTILLA_SNMP_OTHER_THREAD;
    flotilla_snmp_session *own = calloc(1, sizeof *own);
    int32_t status = FLOTILLA_SNMP_NO_MEMORY;
    if (own) {
        own->version = version == FLOTILLA_SNMP_V1 ? SNMP_VERSION_1 : SNMP_VERSION_2c;
        status = open_claimed(own, address, port, community, community_count, system_error);
    }
    if (status != FLOTILLA_SNMP_OK) {
        free(own);
        release();
        return status;
    }
    *session = own;
    return FLOTILLA_SNMP_OK;
}

void flotilla_snmp_close(flotilla_snmp_session *session) {
    snmp_sess_close(session->handle);
    free(session);
    release();
}

int32_t flotilla_snmp_descriptor(const flotilla_snmp_session *session) { return session->descriptor; }

// MARK: Requests

static int add_names(netsnmp_pdu *pdu, const uint32_t *names, const uint32_t *lengths, size_t count) {
    oid name[MAX_OID_LEN];
    for (size_t i = 0; i < count; i++) {
        if (lengths[i] == 0 || lengths[i] > MAX_OID_LEN) return 0;
        for (uint32_t arc = 0; arc < lengths[i]; arc++) name[arc] = names[arc];
        if (!snmp_add_null_var(pdu, name, lengths[i])) return 0;
        names += lengths[i];
    }
    return 1;
}

static netsnmp_pdu *request(int32_t operation, int32_t repetitions) {
    if (operation == FLOTILLA_SNMP_GET) return snmp_pdu_create(SNMP_MSG_GET);
    if (operation == FLOTILLA_SNMP_GET_NEXT) return snmp_pdu_create(SNMP_MSG_GETNEXT);
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GETBULK);
    if (pdu) {
        pdu->non_repeaters = 0;
        pdu->max_repetitions = repetitions;
    }
    return pdu;
}

int32_t flotilla_snmp_send(flotilla_snmp_session *session, int32_t operation, int32_t repetitions, const uint32_t *names,
                           const uint32_t *lengths, size_t count, int64_t timeout_us, int32_t *request_id, int32_t *system_error) {
    *request_id = 0;
    *system_error = 0;
    session->waiting = 0;
    snmp_sess_timeout(session->handle);  // drops what earlier requests left behind
    netsnmp_session *vendor = snmp_sess_session(session->handle);
    vendor->timeout = (long)timeout_us;

    netsnmp_pdu *pdu = request(operation, repetitions);
    if (!pdu) return FLOTILLA_SNMP_NO_MEMORY;
    if (!add_names(pdu, names, lengths, count)) {
        snmp_free_pdu(pdu);
        return FLOTILLA_SNMP_TOO_LONG;
    }
    int32_t id = (int32_t)pdu->reqid;
    errno = 0;
    vendor->s_errno = 0;
    if (snmp_sess_async_send(session->handle, pdu, answered, session) == 0) {
        int failed = vendor->s_errno ? vendor->s_errno : errno;
        int code = vendor->s_snmp_errno;
        snmp_free_pdu(pdu);  // ours again: the library owns it on success only
        *system_error = failed;
        return code == SNMPERR_TOO_LONG || failed == EMSGSIZE ? FLOTILLA_SNMP_TOO_LONG : FLOTILLA_SNMP_NOT_SENT;
    }
    session->waiting = id;
    *request_id = id;
    return FLOTILLA_SNMP_OK;
}

int32_t flotilla_snmp_read(flotilla_snmp_session *session, flotilla_snmp_page *page) {
    static netsnmp_large_fd_set readable;
    static int readable_made;
    if (!readable_made) {
        netsnmp_large_fd_set_init(&readable, FD_SETSIZE);
        NETSNMP_LARGE_FD_ZERO(&readable);
        readable_made = 1;
    }
    memset(&session->page, 0, sizeof session->page);
    session->reading = FLOTILLA_SNMP_NOTHING;
    netsnmp_session *vendor = snmp_sess_session(session->handle);
    vendor->s_errno = 0;

    netsnmp_large_fd_setfd(session->descriptor, &readable);  // grows the set when needed
    int failed = snmp_sess_read2(session->handle, &readable);
    int code = vendor->s_errno;  // set by the library when the socket failed, not when a message did
    netsnmp_large_fd_clr(session->descriptor, &readable);

    if (session->reading == FLOTILLA_SNMP_NOTHING && failed != 0) {
        if (code == 0) {
            session->reading = FLOTILLA_SNMP_MALFORMED;
        } else if (code != EAGAIN && code != EINTR) {
            session->reading = FLOTILLA_SNMP_UNREACHABLE;
            session->page.system_error = code;
        }
    }
    *page = session->page;
    return session->reading;
}

void flotilla_snmp_give_up(flotilla_snmp_session *session) { session->waiting = 0; }
