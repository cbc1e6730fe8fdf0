// A narrow face over librabbitmq: an opaque connection, plain structs, no header of the library.
//
// One thread owns a connection. What goes out is encoded by the library into one buffer of ours and sent without
// waiting, so a broker that stops reading never holds the thread; calls that wait for an answer (open, declare,
// consume, …) wait at most for the timeouts given to `flotilla_amqp_open`. What comes in is assembled here:
// whole deliveries, and every method frame, none is dropped.
#ifndef FLOTILLA_CRABBITMQ_H
#define FLOTILLA_CRABBITMQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct flotilla_amqp flotilla_amqp;

// A run of bytes inside the text (going out) or the arena (coming in) that goes along with a call.
typedef struct {
    uint32_t offset;
    uint32_t length;
} flotilla_amqp_span;

typedef enum __attribute__((enum_extensibility(closed))) : uint8_t {
    FLOTILLA_AMQP_FIELD_STRING = 1,
    FLOTILLA_AMQP_FIELD_INTEGER = 2,
    FLOTILLA_AMQP_FIELD_BOOLEAN = 3,
    FLOTILLA_AMQP_FIELD_BYTES = 4,
    // Seconds since 1970 in `integer`.
    FLOTILLA_AMQP_FIELD_TIMESTAMP = 5,
    // The bits of a double in `integer`.
    FLOTILLA_AMQP_FIELD_REAL = 6,
    // A table, an array, a decimal or nothing: the key alone is told.
    FLOTILLA_AMQP_FIELD_OTHER = 7,
} flotilla_amqp_field_kind;

// One header or argument.
typedef struct {
    flotilla_amqp_span key;
    flotilla_amqp_span bytes;
    int64_t integer;
    flotilla_amqp_field_kind kind;
} flotilla_amqp_field;

// How far a failure reaches.
typedef enum __attribute__((enum_extensibility(closed))) : uint8_t {
    FLOTILLA_AMQP_SCOPE_NONE = 0,
    // The request was not sent.
    FLOTILLA_AMQP_SCOPE_REQUEST = 1,
    // The broker closed the channel; the connection goes on.
    FLOTILLA_AMQP_SCOPE_CHANNEL = 2,
    // The broker closed the connection.
    FLOTILLA_AMQP_SCOPE_CONNECTION = 3,
    // The library or the socket failed: the connection is garbage.
    FLOTILLA_AMQP_SCOPE_LIBRARY = 4,
} flotilla_amqp_scope;

typedef struct {
    // A reply code of AMQP (positive), or a status of the library (negative).
    int32_t code;
    // errno where the socket failed, else 0.
    int32_t system;
    flotilla_amqp_scope scope;
    // Ends with 0; not always valid UTF-8.
    char text[256];
} flotilla_amqp_failure;

// MARK: Life

typedef struct {
    const char *host;
    const char *user;
    const char *password;
    const char *virtual_host;
    // Shown by the broker's own tools.
    const char *connection_name;
    const char *product;
    int32_t port;
    int32_t connect_milliseconds;
    int32_t handshake_milliseconds;
    int32_t rpc_milliseconds;
    int32_t user_timeout_milliseconds;
    int32_t heartbeat_seconds;
    // Bytes of a body that are kept; the rest is counted only.
    uint64_t body_bytes_max;
} flotilla_amqp_settings;

// Connects and logs in; waits. NULL with `failure` filled in when it does not work.
flotilla_amqp *_Nullable flotilla_amqp_open(const flotilla_amqp_settings *settings, flotilla_amqp_failure *failure);
// Frees everything. Says good-bye first and waits for the answer so long; 0 = hangs up.
void flotilla_amqp_close(flotilla_amqp *connection, int32_t good_bye_milliseconds);
int32_t flotilla_amqp_descriptor(flotilla_amqp *connection);
// What was negotiated; 0 = none.
int32_t flotilla_amqp_heartbeat_seconds(flotilla_amqp *connection);
int32_t flotilla_amqp_channel_max(flotilla_amqp *connection);
// Stack that every thread needs that calls in here. The library decodes nested headers by recursion, 113 bytes a level
// that costs five bytes on the wire: under 24 MiB for the largest frame that is let in (1 MiB).
#define FLOTILLA_AMQP_STACK_BYTES (32 << 20)

// MARK: Requests that wait for their answer. 0, or −1 with `failure` filled in.

int32_t flotilla_amqp_open_channel(flotilla_amqp *connection, uint16_t channel, flotilla_amqp_failure *failure);
int32_t flotilla_amqp_close_channel(flotilla_amqp *connection, uint16_t channel, flotilla_amqp_failure *failure);
int32_t flotilla_amqp_confirm_select(flotilla_amqp *connection, uint16_t channel, flotilla_amqp_failure *failure);
int32_t flotilla_amqp_prefetch(flotilla_amqp *connection, uint16_t channel, uint16_t count, flotilla_amqp_failure *failure);

typedef struct {
    const uint8_t *text;
    const flotilla_amqp_field *_Nullable fields;
    uint32_t field_count;
} flotilla_amqp_arguments;

typedef struct {
    flotilla_amqp_span name;
    flotilla_amqp_span type;
    bool passive;
    bool durable;
    bool auto_delete;
    bool internal;
} flotilla_amqp_exchange;

typedef struct {
    flotilla_amqp_span name;
    bool passive;
    bool durable;
    bool exclusive;
    bool auto_delete;
} flotilla_amqp_queue;

typedef struct {
    uint32_t ready;
    uint32_t consumers;
    // The name the broker gave, ends with 0.
    char name[256];
} flotilla_amqp_queue_state;

int32_t flotilla_amqp_declare_exchange(
    flotilla_amqp *connection, uint16_t channel, flotilla_amqp_exchange exchange, flotilla_amqp_arguments arguments,
    flotilla_amqp_failure *failure);
int32_t flotilla_amqp_declare_queue(
    flotilla_amqp *connection, uint16_t channel, flotilla_amqp_queue queue, flotilla_amqp_arguments arguments,
    flotilla_amqp_queue_state *state, flotilla_amqp_failure *failure);
int32_t flotilla_amqp_bind_queue(
    flotilla_amqp *connection, uint16_t channel, flotilla_amqp_span queue, flotilla_amqp_span exchange, flotilla_amqp_span key,
    flotilla_amqp_arguments arguments, flotilla_amqp_failure *failure);
int32_t flotilla_amqp_delete_queue(
    flotilla_amqp *connection, uint16_t channel, flotilla_amqp_span queue, bool if_unused, bool if_empty,
    flotilla_amqp_arguments text, uint32_t *messages, flotilla_amqp_failure *failure);
int32_t flotilla_amqp_purge_queue(
    flotilla_amqp *connection, uint16_t channel, flotilla_amqp_span queue, flotilla_amqp_arguments text, uint32_t *messages,
    flotilla_amqp_failure *failure);
int32_t flotilla_amqp_delete_exchange(
    flotilla_amqp *connection, uint16_t channel, flotilla_amqp_span exchange, flotilla_amqp_arguments text,
    flotilla_amqp_failure *failure);
int32_t flotilla_amqp_consume(
    flotilla_amqp *connection, uint16_t channel, flotilla_amqp_span queue, flotilla_amqp_span tag, bool exclusive,
    flotilla_amqp_arguments arguments, flotilla_amqp_failure *failure);
int32_t flotilla_amqp_cancel(
    flotilla_amqp *connection, uint16_t channel, flotilla_amqp_span tag, flotilla_amqp_arguments text,
    flotilla_amqp_failure *failure);

// MARK: Going out without waiting. These append to the buffer; `flotilla_amqp_flush` sends.

typedef struct {
    flotilla_amqp_span exchange;
    flotilla_amqp_span routing_key;
    flotilla_amqp_span content_type;
    flotilla_amqp_span message_id;
    flotilla_amqp_span type;
    flotilla_amqp_span correlation_id;
    flotilla_amqp_span app_id;
    flotilla_amqp_span reply_to;
    flotilla_amqp_span expiration;
    // Seconds since 1970; 0 = none.
    uint64_t timestamp;
    // 0…255; −1 = none.
    int16_t priority;
    bool persistent;
    bool mandatory;
} flotilla_amqp_message;

// 0, or −1 when the message cannot be encoded (a text over 255 bytes, headers larger than a frame): nothing was appended.
int32_t flotilla_amqp_publish(
    flotilla_amqp *connection, uint16_t channel, const flotilla_amqp_message *message, flotilla_amqp_arguments headers,
    const uint8_t *_Nullable body, size_t body_size);

typedef enum __attribute__((enum_extensibility(closed))) : uint8_t {
    FLOTILLA_AMQP_VERDICT_ACK = 0,
    FLOTILLA_AMQP_VERDICT_REJECT = 1,
    FLOTILLA_AMQP_VERDICT_REQUEUE = 2,
} flotilla_amqp_verdict;

typedef struct {
    uint64_t tag;
    uint16_t channel;
    flotilla_amqp_verdict verdict;
    // For acks: every tag up to this one.
    bool multiple;
} flotilla_amqp_settlement;

void flotilla_amqp_settle(flotilla_amqp *connection, const flotilla_amqp_settlement *settlements, size_t count);
void flotilla_amqp_beat(flotilla_amqp *connection);
size_t flotilla_amqp_pending_bytes(flotilla_amqp *connection);
// 0 = all sent, 1 = the socket takes no more for now, −1 with `failure` filled in.
int32_t flotilla_amqp_flush(flotilla_amqp *connection, flotilla_amqp_failure *failure);

// MARK: Coming in

typedef enum __attribute__((enum_extensibility(closed))) : uint8_t {
    FLOTILLA_AMQP_EVENT_DELIVERY = 1,
    FLOTILLA_AMQP_EVENT_RETURN = 2,
    FLOTILLA_AMQP_EVENT_ACK = 3,
    FLOTILLA_AMQP_EVENT_NACK = 4,
    FLOTILLA_AMQP_EVENT_CONSUMER_CANCEL = 5,
    FLOTILLA_AMQP_EVENT_CHANNEL_CLOSE = 6,
    FLOTILLA_AMQP_EVENT_CONNECTION_CLOSE = 7,
    FLOTILLA_AMQP_EVENT_BLOCKED = 8,
    FLOTILLA_AMQP_EVENT_UNBLOCKED = 9,
    // A method nobody expects; its number is in `method`.
    FLOTILLA_AMQP_EVENT_OTHER = 10,
} flotilla_amqp_event_kind;

typedef struct {
    // The delivery's tag, or the sequence number of a confirm.
    uint64_t tag;
    uint64_t timestamp;
    // Bytes the sender announced; larger than the body's span when the rest was dropped.
    uint64_t body_size;
    flotilla_amqp_span body;
    flotilla_amqp_span exchange;
    flotilla_amqp_span routing_key;
    flotilla_amqp_span consumer;
    flotilla_amqp_span content_type;
    flotilla_amqp_span message_id;
    flotilla_amqp_span type;
    flotilla_amqp_span correlation_id;
    flotilla_amqp_span app_id;
    flotilla_amqp_span reply_to;
    // Reply text of a return or close, reason of a block.
    flotilla_amqp_span text;
    uint32_t first_field;
    uint32_t field_count;
    uint32_t method;
    uint16_t channel;
    uint16_t code;
    int16_t priority;
    flotilla_amqp_event_kind kind;
    // Redelivered, or multiple.
    bool flag;
    bool has_timestamp;
} flotilla_amqp_event;

// What one pump collected. Valid until the next call with the connection.
typedef struct {
    const flotilla_amqp_event *_Nullable deliveries;
    // Everything else, in order.
    const flotilla_amqp_event *_Nullable signals;
    const flotilla_amqp_field *_Nullable fields;
    const uint8_t *_Nullable arena;
    size_t delivery_count;
    size_t signal_count;
    size_t field_count;
    size_t arena_bytes;
    // More is waiting in the library's buffer: pump again, the socket will not tell.
    bool more;
} flotilla_amqp_batch;

// Reads what there is, without waiting, until `events_max` events or `bytes_max` bytes are collected.
// 0, or −1 with `failure` filled in: what was collected before is still in `batch`.
int32_t flotilla_amqp_pump(
    flotilla_amqp *connection, size_t events_max, size_t bytes_max, flotilla_amqp_batch *batch, flotilla_amqp_failure *failure);

#pragma clang assume_nonnull end

#endif
