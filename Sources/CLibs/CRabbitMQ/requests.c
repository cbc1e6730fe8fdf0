#include <string.h>

#include "internal.h"

enum {
    // Upper bound of a request's frame without its arguments: three names and some fixed fields.
    REQUEST_ROOM = 1024,
};

amqp_bytes_t bytes_of(const uint8_t *text, flotilla_amqp_span span) {
    return (amqp_bytes_t){.len = span.length, .bytes = (void *)(text + span.offset)};
}

size_t fields_room(flotilla_amqp_arguments arguments) {
    size_t room = 0;
    for (uint32_t i = 0; i < arguments.field_count; i++) {
        room += 16 + arguments.fields[i].key.length + arguments.fields[i].bytes.length;
    }
    return room;
}

int32_t table_of(flotilla_amqp_arguments arguments, amqp_table_entry_t entries[FIELDS_MAX], amqp_table_t *table) {
    if (arguments.field_count > FIELDS_MAX) return -1;
    for (uint32_t i = 0; i < arguments.field_count; i++) {
        const flotilla_amqp_field *field = &arguments.fields[i];
        if (field->key.length > 255) return -1;
        amqp_field_value_t value = {0};
        switch (field->kind) {
        case FLOTILLA_AMQP_FIELD_STRING:
            value.kind = AMQP_FIELD_KIND_UTF8;
            value.value.bytes = bytes_of(arguments.text, field->bytes);
            break;
        case FLOTILLA_AMQP_FIELD_BYTES:
            value.kind = AMQP_FIELD_KIND_BYTES;
            value.value.bytes = bytes_of(arguments.text, field->bytes);
            break;
        case FLOTILLA_AMQP_FIELD_INTEGER:
            value.kind = AMQP_FIELD_KIND_I64;
            value.value.i64 = field->integer;
            break;
        case FLOTILLA_AMQP_FIELD_BOOLEAN:
            value.kind = AMQP_FIELD_KIND_BOOLEAN;
            value.value.boolean = field->integer != 0;
            break;
        case FLOTILLA_AMQP_FIELD_TIMESTAMP:
            value.kind = AMQP_FIELD_KIND_TIMESTAMP;
            value.value.u64 = (uint64_t)field->integer;
            break;
        case FLOTILLA_AMQP_FIELD_REAL:
            value.kind = AMQP_FIELD_KIND_F64;
            memcpy(&value.value.f64, &field->integer, sizeof value.value.f64);
            break;
        case FLOTILLA_AMQP_FIELD_OTHER:
            value.kind = AMQP_FIELD_KIND_VOID;
            break;
        }
        entries[i] = (amqp_table_entry_t){.key = bytes_of(arguments.text, field->key), .value = value};
    }
    *table = (amqp_table_t){.num_entries = (int)arguments.field_count, .entries = entries};
    return 0;
}

static int32_t unsendable(flotilla_amqp_failure *failure, const char *text) {
    failure_clear(failure);
    failure->scope = FLOTILLA_AMQP_SCOPE_REQUEST;
    failure->code = AMQP_STATUS_INVALID_PARAMETER;
    failure_text(failure, text, strlen(text));
    return -1;
}

// A short string carries its length in one byte; the library would send a longer one with a wrong length.
static int32_t check(flotilla_amqp_failure *failure, flotilla_amqp_span span) {
    return span.length > 255 ? unsendable(failure, "a name is longer than 255 bytes") : 0;
}

// The library measures a request against the limit of what comes in, so what goes out is measured here.
static int32_t arguments_of(
    flotilla_amqp *c, flotilla_amqp_arguments arguments, amqp_table_entry_t entries[FIELDS_MAX], amqp_table_t *table,
    flotilla_amqp_failure *failure) {
    if (table_of(arguments, entries, table) != 0) return unsendable(failure, "too many arguments, or a key over 255 bytes");
    return REQUEST_ROOM + fields_room(arguments) > c->frame_max ? unsendable(failure, "the arguments are larger than a frame") : 0;
}

static int32_t finish(flotilla_amqp *c, uint16_t channel, flotilla_amqp_failure *failure) {
    int32_t result = failure_of_reply(c, channel, amqp_get_rpc_reply(c->state), failure);
    amqp_maybe_release_buffers_on_channel(c->state, channel);
    return result;
}

int32_t flotilla_amqp_open_channel(flotilla_amqp *c, uint16_t channel, flotilla_amqp_failure *failure) {
    if (out_drain(c, failure) != 0) return -1;
    amqp_channel_open(c->state, channel);
    return finish(c, channel, failure);
}

int32_t flotilla_amqp_close_channel(flotilla_amqp *c, uint16_t channel, flotilla_amqp_failure *failure) {
    if (out_drain(c, failure) != 0) return -1;
    amqp_rpc_reply_t reply = amqp_channel_close(c->state, channel, AMQP_REPLY_SUCCESS);
    int32_t result = failure_of_reply(c, channel, reply, failure);
    amqp_maybe_release_buffers_on_channel(c->state, channel);
    return result;
}

int32_t flotilla_amqp_confirm_select(flotilla_amqp *c, uint16_t channel, flotilla_amqp_failure *failure) {
    if (out_drain(c, failure) != 0) return -1;
    amqp_confirm_select(c->state, channel);
    return finish(c, channel, failure);
}

int32_t flotilla_amqp_prefetch(flotilla_amqp *c, uint16_t channel, uint16_t count, flotilla_amqp_failure *failure) {
    if (out_drain(c, failure) != 0) return -1;
    amqp_basic_qos(c->state, channel, 0, count, 0);
    return finish(c, channel, failure);
}

int32_t flotilla_amqp_declare_exchange(
    flotilla_amqp *c, uint16_t channel, flotilla_amqp_exchange exchange, flotilla_amqp_arguments arguments,
    flotilla_amqp_failure *failure) {
    amqp_table_entry_t entries[FIELDS_MAX];
    amqp_table_t table;
    if (check(failure, exchange.name) != 0 || check(failure, exchange.type) != 0) return -1;
    if (arguments_of(c, arguments, entries, &table, failure) != 0) return -1;
    if (out_drain(c, failure) != 0) return -1;
    amqp_exchange_declare(
        c->state, channel, bytes_of(arguments.text, exchange.name), bytes_of(arguments.text, exchange.type), exchange.passive,
        exchange.durable, exchange.auto_delete, exchange.internal, table);
    return finish(c, channel, failure);
}

int32_t flotilla_amqp_declare_queue(
    flotilla_amqp *c, uint16_t channel, flotilla_amqp_queue queue, flotilla_amqp_arguments arguments,
    flotilla_amqp_queue_state *state, flotilla_amqp_failure *failure) {
    amqp_table_entry_t entries[FIELDS_MAX];
    amqp_table_t table;
    if (check(failure, queue.name) != 0) return -1;
    if (arguments_of(c, arguments, entries, &table, failure) != 0) return -1;
    if (out_drain(c, failure) != 0) return -1;
    amqp_queue_declare_ok_t *ok = amqp_queue_declare(
        c->state, channel, bytes_of(arguments.text, queue.name), queue.passive, queue.durable, queue.exclusive, queue.auto_delete,
        table);
    if (ok != NULL) {
        state->ready = ok->message_count;
        state->consumers = ok->consumer_count;
        size_t count = ok->queue.len > 255 ? 255 : ok->queue.len;
        memcpy(state->name, ok->queue.bytes, count);
        state->name[count] = 0;
    }
    return finish(c, channel, failure);
}

int32_t flotilla_amqp_bind_queue(
    flotilla_amqp *c, uint16_t channel, flotilla_amqp_span queue, flotilla_amqp_span exchange, flotilla_amqp_span key,
    flotilla_amqp_arguments arguments, flotilla_amqp_failure *failure) {
    amqp_table_entry_t entries[FIELDS_MAX];
    amqp_table_t table;
    if (check(failure, queue) != 0 || check(failure, exchange) != 0 || check(failure, key) != 0) return -1;
    if (arguments_of(c, arguments, entries, &table, failure) != 0) return -1;
    if (out_drain(c, failure) != 0) return -1;
    amqp_queue_bind(
        c->state, channel, bytes_of(arguments.text, queue), bytes_of(arguments.text, exchange), bytes_of(arguments.text, key), table);
    return finish(c, channel, failure);
}

int32_t flotilla_amqp_delete_queue(
    flotilla_amqp *c, uint16_t channel, flotilla_amqp_span queue, bool if_unused, bool if_empty, flotilla_amqp_arguments text,
    uint32_t *messages, flotilla_amqp_failure *failure) {
    if (check(failure, queue) != 0 || out_drain(c, failure) != 0) return -1;
    amqp_queue_delete_ok_t *ok = amqp_queue_delete(c->state, channel, bytes_of(text.text, queue), if_unused, if_empty);
    if (ok != NULL) *messages = ok->message_count;
    return finish(c, channel, failure);
}

int32_t flotilla_amqp_purge_queue(
    flotilla_amqp *c, uint16_t channel, flotilla_amqp_span queue, flotilla_amqp_arguments text, uint32_t *messages,
    flotilla_amqp_failure *failure) {
    if (check(failure, queue) != 0 || out_drain(c, failure) != 0) return -1;
    amqp_queue_purge_ok_t *ok = amqp_queue_purge(c->state, channel, bytes_of(text.text, queue));
    if (ok != NULL) *messages = ok->message_count;
    return finish(c, channel, failure);
}

int32_t flotilla_amqp_delete_exchange(
    flotilla_amqp *c, uint16_t channel, flotilla_amqp_span exchange, flotilla_amqp_arguments text,
    flotilla_amqp_failure *failure) {
    if (check(failure, exchange) != 0 || out_drain(c, failure) != 0) return -1;
    amqp_exchange_delete(c->state, channel, bytes_of(text.text, exchange), 0);
    return finish(c, channel, failure);
}

int32_t flotilla_amqp_consume(
    flotilla_amqp *c, uint16_t channel, flotilla_amqp_span queue, flotilla_amqp_span tag, bool exclusive,
    flotilla_amqp_arguments arguments, flotilla_amqp_failure *failure) {
    amqp_table_entry_t entries[FIELDS_MAX];
    amqp_table_t table;
    if (check(failure, queue) != 0 || check(failure, tag) != 0) return -1;
    if (arguments_of(c, arguments, entries, &table, failure) != 0) return -1;
    if (out_drain(c, failure) != 0) return -1;
    amqp_basic_consume(
        c->state, channel, bytes_of(arguments.text, queue), bytes_of(arguments.text, tag), 0, 0, exclusive, table);
    return finish(c, channel, failure);
}

int32_t flotilla_amqp_cancel(
    flotilla_amqp *c, uint16_t channel, flotilla_amqp_span tag, flotilla_amqp_arguments text, flotilla_amqp_failure *failure) {
    if (check(failure, tag) != 0 || out_drain(c, failure) != 0) return -1;
    amqp_basic_cancel(c->state, channel, bytes_of(text.text, tag));
    return finish(c, channel, failure);
}
