#include "ceiling.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 32, DATAGRAM_MAX = 2048 };

// MARK: One packet, written backwards so that lengths are known when they are written

typedef struct {
    uint8_t octets[DATAGRAM_MAX];
    size_t start;
} packet;

static void put(packet *packet, uint8_t octet) {
    if (packet->start == 0) give_up("packet", "too long");
    packet->octets[--packet->start] = octet;
}

static void head(packet *packet, uint8_t tag, size_t end) {
    size_t length = end - packet->start;
    if (length > 0xFF) {
        put(packet, (uint8_t)length);
        put(packet, (uint8_t)(length >> 8));
        put(packet, 0x82);
    } else {
        put(packet, (uint8_t)length);
        if (length > 0x7F) put(packet, 0x81);
    }
    put(packet, tag);
}

static void integer(packet *packet, uint32_t number) {
    size_t end = packet->start;
    do {
        put(packet, (uint8_t)number);
        number >>= 8;
    } while (number);
    if (packet->octets[packet->start] & 0x80) put(packet, 0);
    head(packet, 0x02, end);
}

static void arc(packet *packet, unsigned long number) {
    put(packet, number & 0x7F);
    while (number >>= 7) put(packet, 0x80 | (number & 0x7F));
}

static void build(packet *packet, const fleet *fleet, const name *root) {
    packet->start = DATAGRAM_MAX;
    size_t end = packet->start;
    put(packet, 0);
    put(packet, 0x05);
    size_t name_end = packet->start;
    for (size_t i = root->length; i-- > 2;) arc(packet, root->arcs[i]);
    arc(packet, root->arcs[0] * 40 + root->arcs[1]);
    head(packet, 0x06, name_end);
    head(packet, 0x30, end);
    head(packet, 0x30, end);
    integer(packet, fleet->count);
    integer(packet, 0);
    integer(packet, 4711);
    head(packet, 0xA5, end);
    size_t community_end = packet->start;
    for (size_t i = strlen(fleet->community); i-- > 0;) put(packet, (uint8_t)fleet->community[i]);
    head(packet, 0x04, community_end);
    integer(packet, 1);
    head(packet, 0x30, end);
}

// MARK: Answers

// Steps into or over an element; returns its content and leaves `*at` behind it, or NULL.
static const uint8_t *element(const uint8_t **at, const uint8_t *end, size_t *length) {
    const uint8_t *cursor = *at;
    if (end - cursor < 2) return NULL;
    cursor += 1;
    size_t count = *cursor++;
    if (count & 0x80) {
        size_t octets = count & 0x7F;
        count = 0;
        if (octets > 4 || (size_t)(end - cursor) < octets) return NULL;
        while (octets--) count = count << 8 | *cursor++;
    }
    if ((size_t)(end - cursor) < count) return NULL;
    *length = count;
    *at = cursor + count;
    return cursor;
}

// Rows of an answer; 0 when it is none.
static uint64_t rows(const uint8_t *bytes, size_t count) {
    const uint8_t *at = bytes, *end = bytes + count, *content;
    size_t length = 0;
    // message, then version and community are stepped over, the PDU is stepped into, then three integers.
    if (!(content = element(&at, end, &length))) return 0;
    at = content;
    if (!element(&at, end, &length) || !element(&at, end, &length) || !(content = element(&at, end, &length))) return 0;
    at = content;
    for (int i = 0; i < 3; i++) {
        if (!element(&at, end, &length)) return 0;
    }
    if (!(content = element(&at, end, &length))) return 0;
    at = content;
    uint64_t found = 0;
    while (at < end && element(&at, end, &length)) found += 1;
    return found;
}

// MARK: The loop

typedef struct {
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    struct sockaddr_in places[BATCH];
    uint8_t octets[BATCH][DATAGRAM_MAX];
} burst;

static void prepare(burst *burst) {
    memset(burst, 0, sizeof *burst);
    for (int i = 0; i < BATCH; i++) {
        burst->parts[i] = (struct iovec){.iov_base = burst->octets[i], .iov_len = DATAGRAM_MAX};
        burst->messages[i].msg_hdr.msg_iov = &burst->parts[i];
        burst->messages[i].msg_hdr.msg_iovlen = 1;
    }
}

static uint32_t fire(int descriptor, burst *out, const fleet *fleet, uint32_t *place, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        out->places[i] = (struct sockaddr_in){
            .sin_family = AF_INET, .sin_port = htons(fleet->port), .sin_addr.s_addr = htonl(fleet->first + *place)};
        *place = (*place + 1) % fleet->devices;
        out->messages[i].msg_hdr.msg_name = &out->places[i];
        out->messages[i].msg_hdr.msg_namelen = sizeof out->places[i];
    }
    int sent = sendmmsg(descriptor, out->messages, count, 0);
    return sent > 0 ? (uint32_t)sent : 0;
}

tally blast(const fleet *fleet, const name *root, double seconds) {
    static packet request;
    static burst out, in;
    build(&request, fleet, root);
    prepare(&out);
    prepare(&in);
    for (int i = 0; i < BATCH; i++) {
        out.parts[i] = (struct iovec){.iov_base = request.octets + request.start, .iov_len = DATAGRAM_MAX - request.start};
    }
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) give_up("socket", strerror(errno));
    int room = 8 << 20;
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);

    tally tally = {0};
    uint64_t each = 0;
    uint32_t place = 0, waiting = 0;
    double end = seconds_now() + seconds;
    while (seconds_now() < end) {
        while (waiting < fleet->in_flight) {
            uint32_t most = fleet->in_flight - waiting < BATCH ? fleet->in_flight - waiting : BATCH;
            uint32_t sent = fire(descriptor, &out, fleet, &place, most);
            if (sent == 0) break;
            waiting += sent;
            tally.requests += sent;
        }
        struct pollfd event = {.fd = descriptor, .events = POLLIN};
        if (poll(&event, 1, 1000) <= 0) {
            // Lost on the way: forget them and fire again.
            tally.timeouts += waiting;
            waiting = 0;
            continue;
        }
        int count = recvmmsg(descriptor, in.messages, BATCH, MSG_DONTWAIT, NULL);
        for (int i = 0; i < count; i++) {
            if (each == 0) each = rows(in.octets[i], in.messages[i].msg_len);
            tally.answers += 1;
            tally.varbinds += each;
        }
        if (count > 0) waiting -= (uint32_t)count < waiting ? (uint32_t)count : waiting;
    }
    close(descriptor);
    return tally;
}
