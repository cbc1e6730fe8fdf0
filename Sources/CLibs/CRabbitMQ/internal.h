// Shared by the .c files of this target only.
#ifndef FLOTILLA_CRABBITMQ_INTERNAL_H
#define FLOTILLA_CRABBITMQ_INTERNAL_H

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>

#include "include/CRabbitMQ.h"

_Static_assert(AMQP_VERSION_MAJOR == 0 && AMQP_VERSION_MINOR == 11, "read against librabbitmq 0.11");

enum {
    // Headers of one message that are told; more are left out.
    FIELDS_MAX = 64,
    // Contents that may be half read at the same time, one a channel.
    PARTIALS_MAX = 64,
    // Bytes of a frame that comes in. A header is never split, and the broker adds to it behind the negotiated
    // limit's back (x-death with its copies of CC, x-delivery-count, whatever a larger limit let another publisher
    // send). FLOTILLA_AMQP_STACK_BYTES is measured against this.
    INCOMING_FRAME_MAX = 1 << 20,
};

// A growing run of bytes that is used again.
typedef struct {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
} buffer;

uint8_t *buffer_grow(buffer *b, size_t more);
void buffer_append(buffer *b, const void *bytes, size_t count);
void buffer_free(buffer *b);

// A delivery or a return of which not all frames have come yet. Its spans point into `text`.
typedef struct {
    bool in_use;
    bool has_header;
    flotilla_amqp_event event;
    buffer text;
    buffer body;
    uint64_t received;
    flotilla_amqp_field fields[FIELDS_MAX];
} partial;

typedef struct {
    flotilla_amqp_event *events;
    size_t count;
    size_t capacity;
} event_list;

struct flotilla_amqp {
    amqp_connection_state_t state;
    int32_t heartbeat_seconds;
    int32_t rpc_milliseconds;
    // Negotiated; bounds every frame that goes out.
    size_t frame_max;
    uint64_t body_bytes_max;

    buffer out;
    size_t out_sent;

    event_list deliveries;
    event_list signals;
    flotilla_amqp_field *fields;
    size_t field_count;
    size_t field_capacity;
    buffer arena;
    partial *partials[PARTIALS_MAX];
};

void failure_clear(flotilla_amqp_failure *failure);
// Fills `failure` in from a status of the library; returns −1.
int32_t failure_of_status(flotilla_amqp_failure *failure, int status);
// Fills `failure` in from the reply of a request and answers a close of the broker; 0 when the reply is normal.
int32_t failure_of_reply(flotilla_amqp *c, uint16_t channel, amqp_rpc_reply_t reply, flotilla_amqp_failure *failure);
void failure_text(flotilla_amqp_failure *failure, const void *bytes, size_t count);

// Sends the whole buffer, waiting at most for the rpc timeout: a request must start at a frame's edge.
int32_t out_drain(flotilla_amqp *c, flotilla_amqp_failure *failure);

// Appends a method frame to the buffer; `room` is an upper bound of its payload. −1 when it does not fit.
int32_t append_method(flotilla_amqp *c, uint16_t channel, amqp_method_number_t id, void *method, size_t room);

amqp_bytes_t bytes_of(const uint8_t *text, flotilla_amqp_span span);
// Upper bound of the encoded fields.
size_t fields_room(flotilla_amqp_arguments arguments);
// Builds a table in `entries`; −1 when there are too many or a key is too long.
int32_t table_of(flotilla_amqp_arguments arguments, amqp_table_entry_t entries[FIELDS_MAX], amqp_table_t *table);

#endif
