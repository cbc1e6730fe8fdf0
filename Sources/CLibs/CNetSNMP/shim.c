#include "internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef NETSNMP_DS_LIB_DISABLE_V3
#error "written for net-snmp 5.9, which has this setting"
#endif
_Static_assert(sizeof(oid) >= 4, "arcs are 32 bits wide");

enum { DATAGRAM_MAX = 65536, REQUEST_MAX = 65507 };

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
// versions 1 and 2c need `snmp_sess_init` makes by itself; version 3 is started by hand.
static void start(void) {
    if (started) return;
    started = 1;
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
    // Errors are returned; the library writes to nobody's console. Without any handler it would: to standard error.
    snmp_disable_log();
    netsnmp_register_loghandler(NETSNMP_LOGHANDLER_NONE, LOG_DEBUG);
    security_start();
}

// MARK: Sessions

static int open_socket(flotilla_snmp_session *own, const char *address, uint16_t port, int32_t *system_error) {
    struct sockaddr_storage remote = {0};
    struct sockaddr_in *four = (struct sockaddr_in *)&remote;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&remote;
    socklen_t size;
    if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        size = sizeof *four;
    } else if (inet_pton(AF_INET6, address, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
        size = sizeof *six;
    } else {
        return FLOTILLA_SNMP_BAD_ADDRESS;
    }
    own->descriptor = socket(remote.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (own->descriptor >= 0 && connect(own->descriptor, (struct sockaddr *)&remote, size) == 0) return FLOTILLA_SNMP_OK;
    *system_error = errno;
    return FLOTILLA_SNMP_NO_SOCKET;
}

static int set_community(flotilla_snmp_session *own, const uint8_t *community, size_t count) {
    own->community = malloc(count ? count : 1);
    if (!own->community) return 0;
    if (count) memcpy(own->community, community, count);
    own->community_count = count;
    return 1;
}

static void discard(flotilla_snmp_session *own) {
    if (own->descriptor >= 0) close(own->descriptor);
    security_free(own->security);
    if (own->community) explicit_bzero(own->community, own->community_count);
    free(own->community);
    free(own);
}

int32_t flotilla_snmp_open(const char *address, uint16_t port, int32_t version, const uint8_t *community, size_t community_count,
                           flotilla_snmp_session **session, int32_t *system_error) {
    *session = NULL;
    *system_error = 0;
    if (!claim()) return FLOTILLA_SNMP_OTHER_THREAD;
    start();
    int32_t status = FLOTILLA_SNMP_NO_MEMORY;
    flotilla_snmp_session *own = calloc(1, sizeof *own);
    if (own) {
        own->descriptor = -1;
        own->version = version;
        if (version == FLOTILLA_SNMP_V3) own->security = calloc(1, sizeof *own->security);
        if (version == FLOTILLA_SNMP_V3 ? own->security != NULL : set_community(own, community, community_count))
            status = open_socket(own, address, port, system_error);
        if (status == FLOTILLA_SNMP_OK) {
            *session = own;
            return status;
        }
        discard(own);
    }
    release();
    return status;
}

void flotilla_snmp_close(flotilla_snmp_session *session) {
    discard(session);
    release();
}

int32_t flotilla_snmp_descriptor(const flotilla_snmp_session *session) { return session->descriptor; }

void flotilla_snmp_give_up(flotilla_snmp_session *session) { session->waiting = 0; }

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

static int32_t transmit(flotilla_snmp_session *session, const uint8_t *message, size_t count, int32_t *system_error) {
    ssize_t sent;
    do sent = send(session->descriptor, message, count, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0) return FLOTILLA_SNMP_OK;
    *system_error = errno;
    return errno == EMSGSIZE ? FLOTILLA_SNMP_TOO_LONG : FLOTILLA_SNMP_NOT_SENT;
}

int32_t session_transmit(flotilla_snmp_session *session, netsnmp_pdu *pdu, int32_t *request_id, int32_t *system_error) {
    static u_char *packet;  // grown by the library where it must
    static size_t packet_room;
    if (!packet) {
        packet_room = DATAGRAM_MAX;
        packet = malloc(packet_room);
        if (!packet) return FLOTILLA_SNMP_NO_MEMORY;
    }
    netsnmp_session codec;
    snmp_sess_init(&codec);
    codec.version = session->version;
    pdu->version = session->version;
    pdu->flags |= UCD_MSG_FLAG_EXPECT_RESPONSE;
    pdu->msgid = pdu->reqid;

    // Built from the back where the library can; from the front `room` comes back as the length.
    size_t room = packet_room, offset = 0;
    int failed = snmp_build(&packet, &room, &offset, &codec, pdu);
#ifdef NETSNMP_USE_REVERSE_ASNENCODING
    int forward = (pdu->flags & UCD_MSG_FLAG_FORWARD_ENCODE) != 0;
#else
    int forward = 1;
#endif
    if (!forward) packet_room = room;
    if (failed) return FLOTILLA_SNMP_TOO_LONG;
    const uint8_t *message = forward ? packet : packet + room - offset;
    size_t count = forward ? room : offset;
    if (count > REQUEST_MAX) return FLOTILLA_SNMP_TOO_LONG;
    int32_t status = transmit(session, message, count, system_error);
    if (status != FLOTILLA_SNMP_OK) return status;
    session->waiting = (int32_t)pdu->reqid;
    *request_id = session->waiting;
    return FLOTILLA_SNMP_OK;
}

static int32_t send_plain(flotilla_snmp_session *session, const plain_request *request, int32_t *request_id, int32_t *system_error) {
    const uint8_t *message;
    size_t size;
    if (!request_write(session, request, &message, &size) || size > REQUEST_MAX) return FLOTILLA_SNMP_TOO_LONG;
    int32_t status = transmit(session, message, size, system_error);
    if (status != FLOTILLA_SNMP_OK) return status;
    session->waiting = *request_id = request->id;
    return FLOTILLA_SNMP_OK;
}

int32_t flotilla_snmp_send(flotilla_snmp_session *session, int32_t operation, int32_t repetitions, const uint32_t *names,
                           const uint32_t *lengths, size_t count, int32_t *request_id, int32_t *system_error) {
    *request_id = 0;
    *system_error = 0;
    session->waiting = 0;
    if (!session->security) {
        plain_request plain = {operation, repetitions, (int32_t)snmp_get_next_reqid(), names, lengths, count};
        return send_plain(session, &plain, request_id, system_error);
    }
    if (!session->security->localised) return FLOTILLA_SNMP_NO_ENGINE;
    netsnmp_pdu *pdu = request(operation, repetitions);
    if (!pdu) return FLOTILLA_SNMP_NO_MEMORY;
    int32_t status = FLOTILLA_SNMP_TOO_LONG;
    if (add_names(pdu, names, lengths, count)) {
        if (security_dress(session->security, pdu)) {
            security_enter(session->security);
            status = session_transmit(session, pdu, request_id, system_error);
            security_leave(session->security);
        } else {
            status = FLOTILLA_SNMP_NO_MEMORY;
        }
    }
    snmp_free_pdu(pdu);
    return status;
}

// MARK: Answers

static int read_message(flotilla_snmp_session *session, const uint8_t *datagram, size_t count, flotilla_snmp_page *page) {
    octets_view view = {datagram, datagram + count}, message, community;
    int64_t version;
    message_pdu pdu;
    if (!view_tagged(&view, 0x30, &message) || !view_number(&message, &version) || version != session->version
        || !view_tagged(&message, 0x04, &community) || !message_read_pdu(&message, &pdu) || pdu.command != SNMP_MSG_RESPONSE)
        return FLOTILLA_SNMP_MALFORMED;
    page->request_id = (int32_t)pdu.request_id;
    if (session->waiting == 0 || pdu.request_id != session->waiting) return FLOTILLA_SNMP_STRAY;
    return page_fill(&pdu, page) ? FLOTILLA_SNMP_ANSWER : FLOTILLA_SNMP_MALFORMED;
}

int32_t flotilla_snmp_read(flotilla_snmp_session *session, flotilla_snmp_page *page) {
    static uint8_t datagram[DATAGRAM_MAX];
    memset(page, 0, sizeof *page);
    ssize_t count = recv(session->descriptor, datagram, sizeof datagram, 0);
    if (count < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return FLOTILLA_SNMP_NOTHING;
        page->system_error = errno;
        return FLOTILLA_SNMP_UNREACHABLE;
    }
    int reading = session->security ? security_read(session, datagram, (size_t)count, page)
                                    : read_message(session, datagram, (size_t)count, page);
    if (reading == FLOTILLA_SNMP_ANSWER || reading == FLOTILLA_SNMP_REPORT) session->waiting = 0;
    return reading;
}
