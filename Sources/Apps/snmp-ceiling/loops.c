#include "ceiling.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/large_fd_set.h>
#include <net-snmp/library/snmp_transport.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

typedef struct {
    void *handle;
    int descriptor;
    size_t asked;  // names of a list that were asked for
    bool is_done;
} device;

typedef struct {
    const fleet *fleet;
    const name *names;
    size_t names_count;
    bool is_walk;
    tally tally;
    device *devices;
    uint32_t started, done;
    double last_answer;
} loop;

static loop work;

// MARK: One device

static void send_request(device *device, const oid *from, size_t length) {
    netsnmp_pdu *pdu = snmp_pdu_create(work.is_walk ? SNMP_MSG_GETBULK : SNMP_MSG_GET);
    if (pdu == NULL) give_up("request", "no memory");
    if (work.is_walk) {
        pdu->non_repeaters = 0;
        pdu->max_repetitions = work.fleet->count;
        snmp_add_null_var(pdu, from, length);
    } else {
        size_t end = device->asked + work.fleet->count;
        if (end > work.names_count) end = work.names_count;
        for (; device->asked < end; device->asked++) {
            snmp_add_null_var(pdu, work.names[device->asked].arcs, work.names[device->asked].length);
        }
    }
    if (snmp_sess_send(device->handle, pdu) == 0) {
        snmp_free_pdu(pdu);
        give_up("request", snmp_api_errstring(snmp_sess_session(device->handle)->s_snmp_errno));
    }
    work.tally.requests += 1;
}

static void start_next(void) {
    if (work.started == work.fleet->devices) return;
    device *device = &work.devices[work.started++];
    send_request(device, work.names[0].arcs, work.names[0].length);
}

static void finish(device *device) {
    device->is_done = true;
    work.done += 1;
    start_next();
}

// Goes on behind the last row while names rise within the subtree.
static void go_on_walking(device *device, const netsnmp_pdu *pdu) {
    const name *root = &work.names[0];
    const netsnmp_variable_list *last = NULL;
    for (const netsnmp_variable_list *row = pdu->variables; row; row = row->next_variable) {
        if (row->type == SNMP_ENDOFMIBVIEW || row->name_length < root->length
            || memcmp(row->name, root->arcs, root->length * sizeof(oid)) != 0) {
            finish(device);
            return;
        }
        if (last && snmp_oid_compare(last->name, last->name_length, row->name, row->name_length) >= 0) give_up("walk", "names do not rise");
        work.tally.varbinds += 1;
        last = row;
    }
    if (last == NULL) finish(device);
    else send_request(device, last->name, last->name_length);
}

static int answered(int operation, netsnmp_session *session, int request, netsnmp_pdu *pdu, void *magic) {
    (void)session;
    (void)request;
    device *device = magic;
    if (operation == NETSNMP_CALLBACK_OP_TIMED_OUT) {
        work.tally.timeouts += 1;
        finish(device);
        return 1;
    }
    if (operation != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE) return 1;
    work.tally.answers += 1;
    if (pdu->errstat != SNMP_ERR_NOERROR) give_up("answer", snmp_errstring((int)pdu->errstat));
    if (work.is_walk) {
        go_on_walking(device, pdu);
        return 1;
    }
    for (const netsnmp_variable_list *row = pdu->variables; row; row = row->next_variable) work.tally.varbinds += 1;
    if (device->asked < work.names_count) send_request(device, NULL, 0);
    else finish(device);
    return 1;
}

// MARK: All of them

static void open_device(uint32_t place, int epoll) {
    char address[64];
    spell_address(work.fleet, place, address, sizeof address);
    device *device = &work.devices[place];
    netsnmp_session template;
    snmp_sess_init(&template);
    template.version = SNMP_VERSION_2c;
    template.peername = address;
    template.community = (u_char *)(uintptr_t)work.fleet->community;
    template.community_len = strlen(work.fleet->community);
    template.timeout = TIMEOUT_MICROS;
    template.retries = RETRIES;
    template.callback = answered;
    template.callback_magic = device;
    template.flags |= SNMP_FLAGS_DONT_PROBE;
    device->handle = snmp_sess_open(&template);
    if (device->handle == NULL) give_up(address, "cannot be opened");
    device->descriptor = snmp_sess_transport(device->handle)->sock;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = place};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, device->descriptor, &event) != 0) give_up("epoll", strerror(errno));
}

static void read_ready(int epoll, netsnmp_large_fd_set *set) {
    struct epoll_event events[256];
    int count = epoll_wait(epoll, events, 256, 500);
    if (count < 0 && errno != EINTR) give_up("epoll", strerror(errno));
    for (int i = 0; i < count; i++) {
        device *device = &work.devices[events[i].data.u32];
        netsnmp_large_fd_setfd(device->descriptor, set);
        snmp_sess_read2(device->handle, set);
        netsnmp_large_fd_clr(device->descriptor, set);
    }
    double now = seconds_now();
    if (count > 0) work.last_answer = now;
    if (now - work.last_answer > PATIENCE) give_up("loop", "no answer any more");
}

static tally run(const fleet *fleet, const name *names, size_t count, bool is_walk) {
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    work = (loop){.fleet = fleet, .names = names, .names_count = count, .is_walk = is_walk, .last_answer = seconds_now()};
    work.devices = calloc(fleet->devices, sizeof *work.devices);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (work.devices == NULL || epoll < 0) give_up("start", "no memory or no descriptor");
    for (uint32_t place = 0; place < fleet->devices; place++) open_device(place, epoll);
    netsnmp_large_fd_set set;
    netsnmp_large_fd_set_init(&set, (int)fleet->devices + 1024);
    NETSNMP_LARGE_FD_ZERO(&set);

    for (uint32_t place = 0; place < fleet->in_flight; place++) start_next();
    double swept = seconds_now();
    while (work.done < fleet->devices) {
        read_ready(epoll, &set);
        if (seconds_now() - swept < 0.5) continue;
        swept = seconds_now();
        for (uint32_t place = 0; place < work.started; place++) {
            if (!work.devices[place].is_done) snmp_sess_timeout(work.devices[place].handle);
        }
    }
    for (uint32_t place = 0; place < fleet->devices; place++) snmp_sess_close(work.devices[place].handle);
    netsnmp_large_fd_set_cleanup(&set);
    free(work.devices);
    return work.tally;
}

tally walk_all(const fleet *fleet, const name *root) { return run(fleet, root, 1, true); }

tally get_all(const fleet *fleet, const name *names, size_t count) { return run(fleet, names, count, false); }
