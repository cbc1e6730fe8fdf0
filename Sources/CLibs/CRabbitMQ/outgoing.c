#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "internal.h"

enum {
    FRAME_HEAD = 7,
    FRAME_TAIL = 1,
    // Method id, ticket, two short strings, flags.
    PUBLISH_METHOD_MAX = 4 + 2 + 256 + 256 + 1,
    CONTENT_HEAD = 12,
};

static void put16(uint8_t *at, uint16_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value) {
    put16(at, (uint16_t)(value >> 16));
    put16(at + 2, (uint16_t)value);
}

static void put64(uint8_t *at, uint64_t value) {
    put32(at, (uint32_t)(value >> 32));
    put32(at + 4, (uint32_t)value);
}

// Writes head and tail around a payload that stands behind the head at the buffer's end, and moves the end.
static void close_frame(flotilla_amqp *c, uint8_t type, uint16_t channel, size_t payload) {
    uint8_t *frame = c->out.bytes + c->out.count;
    frame[0] = type;
    put16(frame + 1, channel);
    put32(frame + 3, (uint32_t)payload);
    frame[FRAME_HEAD + payload] = AMQP_FRAME_END;
    c->out.count += FRAME_HEAD + payload + FRAME_TAIL;
}

int32_t append_method(flotilla_amqp *c, uint16_t channel, amqp_method_number_t id, void *method, size_t room) {
    uint8_t *payload = buffer_grow(&c->out, FRAME_HEAD + room + FRAME_TAIL) + FRAME_HEAD;
    put32(payload, id);
    int count = amqp_encode_method(id, method, (amqp_bytes_t){.len = room - 4, .bytes = payload + 4});
    if (count < 0) return -1;
    close_frame(c, AMQP_FRAME_METHOD, channel, 4 + (size_t)count);
    return 0;
}

static void set(amqp_basic_properties_t *p, amqp_flags_t flag, amqp_bytes_t *field, amqp_bytes_t value) {
    if (value.len == 0) return;
    p->_flags |= flag;
    *field = value;
}

static amqp_basic_properties_t properties_of(const flotilla_amqp_message *m, const uint8_t *text, amqp_table_t headers) {
    amqp_basic_properties_t p = {._flags = AMQP_BASIC_DELIVERY_MODE_FLAG, .delivery_mode = m->persistent ? 2 : 1};
    set(&p, AMQP_BASIC_CONTENT_TYPE_FLAG, &p.content_type, bytes_of(text, m->content_type));
    set(&p, AMQP_BASIC_MESSAGE_ID_FLAG, &p.message_id, bytes_of(text, m->message_id));
    set(&p, AMQP_BASIC_TYPE_FLAG, &p.type, bytes_of(text, m->type));
    set(&p, AMQP_BASIC_CORRELATION_ID_FLAG, &p.correlation_id, bytes_of(text, m->correlation_id));
    set(&p, AMQP_BASIC_APP_ID_FLAG, &p.app_id, bytes_of(text, m->app_id));
    set(&p, AMQP_BASIC_REPLY_TO_FLAG, &p.reply_to, bytes_of(text, m->reply_to));
    set(&p, AMQP_BASIC_EXPIRATION_FLAG, &p.expiration, bytes_of(text, m->expiration));
    if (m->timestamp != 0) {
        p._flags |= AMQP_BASIC_TIMESTAMP_FLAG;
        p.timestamp = m->timestamp;
    }
    if (m->priority >= 0) {
        p._flags |= AMQP_BASIC_PRIORITY_FLAG;
        p.priority = (uint8_t)m->priority;
    }
    if (headers.num_entries > 0) {
        p._flags |= AMQP_BASIC_HEADERS_FLAG;
        p.headers = headers;
    }
    return p;
}

static bool short_texts(const flotilla_amqp_message *m) {
    uint32_t longest = 0;
    const flotilla_amqp_span *spans[] = {
        &m->exchange, &m->routing_key, &m->content_type, &m->message_id, &m->type,
        &m->correlation_id, &m->app_id, &m->reply_to, &m->expiration,
    };
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        if (spans[i]->length > longest) longest = spans[i]->length;
    }
    return longest <= 255;
}

// Upper bound of the encoded properties.
static size_t properties_room(const flotilla_amqp_message *m, flotilla_amqp_arguments headers) {
    size_t room = 64 + m->content_type.length + m->message_id.length + m->type.length + m->correlation_id.length
        + m->app_id.length + m->reply_to.length + m->expiration.length;
    return room + fields_room(headers);
}

int32_t flotilla_amqp_publish(
    flotilla_amqp *c, uint16_t channel, const flotilla_amqp_message *m, flotilla_amqp_arguments headers, const uint8_t *body,
    size_t body_size) {
    amqp_table_entry_t entries[FIELDS_MAX];
    amqp_table_t table;
    if (!short_texts(m) || table_of(headers, entries, &table) != 0) return -1;
    size_t room = properties_room(m, headers);
    if (FRAME_HEAD + CONTENT_HEAD + room + FRAME_TAIL > c->frame_max) return -1;

    size_t start = c->out.count;
    amqp_basic_publish_t method = {
        .exchange = bytes_of(headers.text, m->exchange),
        .routing_key = bytes_of(headers.text, m->routing_key),
        .mandatory = m->mandatory,
    };
    if (append_method(c, channel, AMQP_BASIC_PUBLISH_METHOD, &method, PUBLISH_METHOD_MAX) != 0) return -1;

    amqp_basic_properties_t properties = properties_of(m, headers.text, table);
    uint8_t *payload = buffer_grow(&c->out, FRAME_HEAD + CONTENT_HEAD + room + FRAME_TAIL) + FRAME_HEAD;
    put16(payload, AMQP_BASIC_CLASS);
    put16(payload + 2, 0);
    put64(payload + 4, body_size);
    int count = amqp_encode_properties(
        AMQP_BASIC_CLASS, &properties, (amqp_bytes_t){.len = room, .bytes = payload + CONTENT_HEAD});
    if (count < 0) {
        c->out.count = start;
        return -1;
    }
    close_frame(c, AMQP_FRAME_HEADER, channel, CONTENT_HEAD + (size_t)count);

    size_t chunk_max = c->frame_max - FRAME_HEAD - FRAME_TAIL;
    while (body_size > 0) {
        size_t chunk = body_size < chunk_max ? body_size : chunk_max;
        memcpy(buffer_grow(&c->out, FRAME_HEAD + chunk + FRAME_TAIL) + FRAME_HEAD, body, chunk);
        close_frame(c, AMQP_FRAME_BODY, channel, chunk);
        body += chunk;
        body_size -= chunk;
    }
    return 0;
}

void flotilla_amqp_settle(flotilla_amqp *c, const flotilla_amqp_settlement *settlements, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const flotilla_amqp_settlement *s = &settlements[i];
        if (s->verdict == FLOTILLA_AMQP_VERDICT_ACK) {
            amqp_basic_ack_t ack = {.delivery_tag = s->tag, .multiple = s->multiple};
            append_method(c, s->channel, AMQP_BASIC_ACK_METHOD, &ack, 16);
        } else {
            amqp_basic_reject_t reject = {.delivery_tag = s->tag, .requeue = s->verdict == FLOTILLA_AMQP_VERDICT_REQUEUE};
            append_method(c, s->channel, AMQP_BASIC_REJECT_METHOD, &reject, 16);
        }
    }
}

void flotilla_amqp_beat(flotilla_amqp *c) {
    buffer_grow(&c->out, FRAME_HEAD + FRAME_TAIL);
    close_frame(c, AMQP_FRAME_HEARTBEAT, 0, 0);
}

size_t flotilla_amqp_pending_bytes(flotilla_amqp *c) { return c->out.count - c->out_sent; }

// A buffer that is never quite empty must not grow for ever. Moves a byte at most once for each byte that was sent.
static void compact(flotilla_amqp *c) {
    size_t left = c->out.count - c->out_sent;
    if (c->out_sent < left) return;
    memmove(c->out.bytes, c->out.bytes + c->out_sent, left);
    c->out.count = left;
    c->out_sent = 0;
}

int32_t flotilla_amqp_flush(flotilla_amqp *c, flotilla_amqp_failure *failure) {
    failure_clear(failure);
    int descriptor = amqp_get_sockfd(c->state);
    while (c->out_sent < c->out.count) {
        ssize_t sent = send(descriptor, c->out.bytes + c->out_sent, c->out.count - c->out_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            c->out_sent += (size_t)sent;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            compact(c);
            return 1;
        } else if (errno != EINTR) {
            return failure_of_status(failure, AMQP_STATUS_SOCKET_ERROR);
        }
    }
    c->out.count = 0;
    c->out_sent = 0;
    // One burst of large bodies must not hold its memory for ever.
    if (c->out.capacity > (4u << 20)) buffer_free(&c->out);
    return 0;
}

static int64_t now_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int32_t out_drain(flotilla_amqp *c, flotilla_amqp_failure *failure) {
    int64_t deadline = now_milliseconds() + c->rpc_milliseconds;
    for (;;) {
        int32_t state = flotilla_amqp_flush(c, failure);
        if (state <= 0) return state;
        int64_t left = deadline - now_milliseconds();
        if (left <= 0) return failure_of_status(failure, AMQP_STATUS_TIMEOUT);
        struct pollfd waiting = {.fd = amqp_get_sockfd(c->state), .events = POLLOUT};
        if (poll(&waiting, 1, (int)left) < 0 && errno != EINTR) return failure_of_status(failure, AMQP_STATUS_SOCKET_ERROR);
    }
}
