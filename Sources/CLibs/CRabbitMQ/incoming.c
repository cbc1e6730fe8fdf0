#include <stdlib.h>
#include <string.h>

#include "internal.h"

// MARK: What is collected for the caller

static void append_event(flotilla_amqp *c, flotilla_amqp_event event) {
    event_list *list = event.kind == FLOTILLA_AMQP_EVENT_DELIVERY ? &c->deliveries : &c->signals;
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        flotilla_amqp_event *events = realloc(list->events, capacity * sizeof *events);
        if (events == NULL) abort();
        list->events = events;
        list->capacity = capacity;
    }
    list->events[list->count++] = event;
}

static void append_fields(flotilla_amqp *c, const flotilla_amqp_field *fields, uint32_t count, uint32_t text_start) {
    if (c->field_capacity - c->field_count < count) {
        size_t capacity = c->field_capacity == 0 ? 256 : c->field_capacity * 2;
        flotilla_amqp_field *grown = realloc(c->fields, capacity * sizeof *grown);
        if (grown == NULL) abort();
        c->fields = grown;
        c->field_capacity = capacity;
    }
    for (uint32_t i = 0; i < count; i++) {
        flotilla_amqp_field field = fields[i];
        field.key.offset += text_start;
        field.bytes.offset += text_start;
        c->fields[c->field_count++] = field;
    }
}

static flotilla_amqp_span keep(buffer *b, amqp_bytes_t bytes) {
    flotilla_amqp_span span = {.offset = (uint32_t)b->count, .length = (uint32_t)bytes.len};
    buffer_append(b, bytes.bytes, bytes.len);
    return span;
}

// MARK: Contents of several frames

static partial *find_partial(flotilla_amqp *c, uint16_t channel) {
    for (size_t i = 0; i < PARTIALS_MAX; i++) {
        if (c->partials[i] != NULL && c->partials[i]->in_use && c->partials[i]->event.channel == channel) return c->partials[i];
    }
    return NULL;
}

static partial *start_partial(flotilla_amqp *c, uint16_t channel, flotilla_amqp_event_kind kind) {
    partial *p = find_partial(c, channel);
    for (size_t i = 0; p == NULL && i < PARTIALS_MAX; i++) {
        if (c->partials[i] == NULL) {
            c->partials[i] = calloc(1, sizeof *c->partials[i]);
            if (c->partials[i] == NULL) abort();
        }
        if (!c->partials[i]->in_use) p = c->partials[i];
    }
    if (p == NULL) return NULL;
    p->in_use = true;
    p->has_header = false;
    p->received = 0;
    p->text.count = 0;
    p->body.count = 0;
    p->event = (flotilla_amqp_event){.channel = channel, .kind = kind, .priority = -1};
    return p;
}

static void drop_partial(flotilla_amqp *c, uint16_t channel) {
    partial *p = find_partial(c, channel);
    if (p != NULL) p->in_use = false;
}

static void shift(flotilla_amqp_span *span, uint32_t by) { span->offset += by; }

// Hands a whole content over: its texts, its headers and the body, which is either in one piece or in `p->body`.
static void finish_partial(flotilla_amqp *c, partial *p, amqp_bytes_t piece) {
    flotilla_amqp_event event = p->event;
    uint32_t start = (uint32_t)c->arena.count;
    buffer_append(&c->arena, p->text.bytes, p->text.count);
    flotilla_amqp_span *spans[] = {
        &event.exchange, &event.routing_key, &event.consumer, &event.content_type, &event.message_id,
        &event.type, &event.correlation_id, &event.app_id, &event.reply_to, &event.text,
    };
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) shift(spans[i], start);
    event.first_field = (uint32_t)c->field_count;
    append_fields(c, p->fields, event.field_count, start);
    event.body = keep(&c->arena, piece);
    append_event(c, event);
    p->in_use = false;
    // One large body must not hold its memory for ever.
    if (p->body.capacity > (4u << 20)) buffer_free(&p->body);
}

// MARK: Headers

static bool scalar(const amqp_field_value_t *value, flotilla_amqp_field *field) {
    field->kind = FLOTILLA_AMQP_FIELD_INTEGER;
    double real = 0;
    switch ((amqp_field_value_kind_t)value->kind) {
    case AMQP_FIELD_KIND_BOOLEAN:
        field->kind = FLOTILLA_AMQP_FIELD_BOOLEAN;
        field->integer = value->value.boolean != 0;
        return true;
    case AMQP_FIELD_KIND_I8: field->integer = value->value.i8; return true;
    case AMQP_FIELD_KIND_U8: field->integer = value->value.u8; return true;
    case AMQP_FIELD_KIND_I16: field->integer = value->value.i16; return true;
    case AMQP_FIELD_KIND_U16: field->integer = value->value.u16; return true;
    case AMQP_FIELD_KIND_I32: field->integer = value->value.i32; return true;
    case AMQP_FIELD_KIND_U32: field->integer = value->value.u32; return true;
    case AMQP_FIELD_KIND_I64: field->integer = value->value.i64; return true;
    case AMQP_FIELD_KIND_U64:
        field->integer = value->value.u64 > INT64_MAX ? INT64_MAX : (int64_t)value->value.u64;
        return true;
    case AMQP_FIELD_KIND_TIMESTAMP:
        field->kind = FLOTILLA_AMQP_FIELD_TIMESTAMP;
        field->integer = value->value.u64 > INT64_MAX ? INT64_MAX : (int64_t)value->value.u64;
        return true;
    case AMQP_FIELD_KIND_F32:
    case AMQP_FIELD_KIND_F64:
        field->kind = FLOTILLA_AMQP_FIELD_REAL;
        real = value->kind == AMQP_FIELD_KIND_F32 ? (double)value->value.f32 : value->value.f64;
        memcpy(&field->integer, &real, sizeof real);
        return true;
    case AMQP_FIELD_KIND_UTF8: field->kind = FLOTILLA_AMQP_FIELD_STRING; return true;
    case AMQP_FIELD_KIND_BYTES: field->kind = FLOTILLA_AMQP_FIELD_BYTES; return true;
    case AMQP_FIELD_KIND_DECIMAL:
    case AMQP_FIELD_KIND_ARRAY:
    case AMQP_FIELD_KIND_TABLE:
    case AMQP_FIELD_KIND_VOID: break;
    }
    return false;
}

static void keep_headers(partial *p, amqp_table_t table) {
    for (int i = 0; i < table.num_entries && p->event.field_count < FIELDS_MAX; i++) {
        const amqp_table_entry_t *entry = &table.entries[i];
        flotilla_amqp_field field = {.key = keep(&p->text, entry->key)};
        if (!scalar(&entry->value, &field)) {
            field.kind = FLOTILLA_AMQP_FIELD_OTHER;
        } else if (field.kind == FLOTILLA_AMQP_FIELD_STRING || field.kind == FLOTILLA_AMQP_FIELD_BYTES) {
            field.bytes = keep(&p->text, entry->value.value.bytes);
        }
        p->fields[p->event.field_count++] = field;
    }
}

static flotilla_amqp_span keep_if(partial *p, const amqp_basic_properties_t *properties, amqp_flags_t flag, amqp_bytes_t bytes) {
    return (properties->_flags & flag) != 0 ? keep(&p->text, bytes) : (flotilla_amqp_span){0};
}

static void keep_properties(partial *p, const amqp_basic_properties_t *from) {
    p->event.content_type = keep_if(p, from, AMQP_BASIC_CONTENT_TYPE_FLAG, from->content_type);
    p->event.message_id = keep_if(p, from, AMQP_BASIC_MESSAGE_ID_FLAG, from->message_id);
    p->event.type = keep_if(p, from, AMQP_BASIC_TYPE_FLAG, from->type);
    p->event.correlation_id = keep_if(p, from, AMQP_BASIC_CORRELATION_ID_FLAG, from->correlation_id);
    p->event.app_id = keep_if(p, from, AMQP_BASIC_APP_ID_FLAG, from->app_id);
    p->event.reply_to = keep_if(p, from, AMQP_BASIC_REPLY_TO_FLAG, from->reply_to);
    if ((from->_flags & AMQP_BASIC_TIMESTAMP_FLAG) != 0) {
        p->event.has_timestamp = true;
        p->event.timestamp = from->timestamp;
    }
    if ((from->_flags & AMQP_BASIC_PRIORITY_FLAG) != 0) p->event.priority = from->priority;
    if ((from->_flags & AMQP_BASIC_HEADERS_FLAG) != 0) keep_headers(p, from->headers);
}

// MARK: Frames. Each returns a status of the library.

static int on_deliver(flotilla_amqp *c, uint16_t channel, const amqp_basic_deliver_t *method) {
    partial *p = start_partial(c, channel, FLOTILLA_AMQP_EVENT_DELIVERY);
    if (p == NULL) return AMQP_STATUS_UNEXPECTED_STATE;
    p->event.tag = method->delivery_tag;
    p->event.flag = method->redelivered != 0;
    p->event.consumer = keep(&p->text, method->consumer_tag);
    p->event.exchange = keep(&p->text, method->exchange);
    p->event.routing_key = keep(&p->text, method->routing_key);
    return AMQP_STATUS_OK;
}

static int on_return(flotilla_amqp *c, uint16_t channel, const amqp_basic_return_t *method) {
    partial *p = start_partial(c, channel, FLOTILLA_AMQP_EVENT_RETURN);
    if (p == NULL) return AMQP_STATUS_UNEXPECTED_STATE;
    p->event.code = method->reply_code;
    p->event.text = keep(&p->text, method->reply_text);
    p->event.exchange = keep(&p->text, method->exchange);
    p->event.routing_key = keep(&p->text, method->routing_key);
    return AMQP_STATUS_OK;
}

static int on_channel_close(flotilla_amqp *c, uint16_t channel, const amqp_channel_close_t *method) {
    drop_partial(c, channel);
    append_event(
        c, (flotilla_amqp_event){
               .kind = FLOTILLA_AMQP_EVENT_CHANNEL_CLOSE,
               .channel = channel,
               .code = method->reply_code,
               .text = keep(&c->arena, method->reply_text),
           });
    amqp_channel_close_ok_t answer = {0};
    return append_method(c, channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &answer, 16) == 0 ? AMQP_STATUS_OK : AMQP_STATUS_INVALID_PARAMETER;
}

static int on_connection_close(flotilla_amqp *c, const amqp_connection_close_t *method) {
    append_event(
        c, (flotilla_amqp_event){
               .kind = FLOTILLA_AMQP_EVENT_CONNECTION_CLOSE,
               .code = method->reply_code,
               .text = keep(&c->arena, method->reply_text),
           });
    amqp_connection_close_ok_t answer = {0};
    return append_method(c, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &answer, 16) == 0 ? AMQP_STATUS_OK : AMQP_STATUS_INVALID_PARAMETER;
}

static int on_method(flotilla_amqp *c, uint16_t channel, amqp_method_t method) {
    flotilla_amqp_event event = {.channel = channel};
    switch (method.id) {
    case AMQP_BASIC_DELIVER_METHOD: return on_deliver(c, channel, method.decoded);
    case AMQP_BASIC_RETURN_METHOD: return on_return(c, channel, method.decoded);
    case AMQP_CHANNEL_CLOSE_METHOD: return on_channel_close(c, channel, method.decoded);
    case AMQP_CONNECTION_CLOSE_METHOD: return on_connection_close(c, method.decoded);
    case AMQP_BASIC_ACK_METHOD: {
        const amqp_basic_ack_t *ack = method.decoded;
        event.kind = FLOTILLA_AMQP_EVENT_ACK;
        event.tag = ack->delivery_tag;
        event.flag = ack->multiple != 0;
        break;
    }
    case AMQP_BASIC_NACK_METHOD: {
        const amqp_basic_nack_t *nack = method.decoded;
        event.kind = FLOTILLA_AMQP_EVENT_NACK;
        event.tag = nack->delivery_tag;
        event.flag = nack->multiple != 0;
        break;
    }
    case AMQP_BASIC_CANCEL_METHOD: {
        const amqp_basic_cancel_t *cancel = method.decoded;
        event.kind = FLOTILLA_AMQP_EVENT_CONSUMER_CANCEL;
        event.consumer = keep(&c->arena, cancel->consumer_tag);
        break;
    }
    case AMQP_CONNECTION_BLOCKED_METHOD: {
        const amqp_connection_blocked_t *blocked = method.decoded;
        event.kind = FLOTILLA_AMQP_EVENT_BLOCKED;
        event.text = keep(&c->arena, blocked->reason);
        break;
    }
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
        event.kind = FLOTILLA_AMQP_EVENT_UNBLOCKED;
        break;
    default:
        event.kind = FLOTILLA_AMQP_EVENT_OTHER;
        event.method = method.id;
        break;
    }
    append_event(c, event);
    return AMQP_STATUS_OK;
}

static int on_header(flotilla_amqp *c, const amqp_frame_t *frame) {
    partial *p = find_partial(c, frame->channel);
    // What the library decoded is of the class that the frame names; only a content of basic has these properties.
    if (p == NULL || p->has_header || frame->payload.properties.class_id != AMQP_BASIC_CLASS) return AMQP_STATUS_UNEXPECTED_STATE;
    p->has_header = true;
    p->event.body_size = frame->payload.properties.body_size;
    keep_properties(p, frame->payload.properties.decoded);
    if (p->event.body_size == 0) finish_partial(c, p, (amqp_bytes_t){0});
    return AMQP_STATUS_OK;
}

static int on_body(flotilla_amqp *c, const amqp_frame_t *frame) {
    partial *p = find_partial(c, frame->channel);
    amqp_bytes_t piece = frame->payload.body_fragment;
    if (p == NULL || !p->has_header || piece.len > p->event.body_size - p->received) return AMQP_STATUS_UNEXPECTED_STATE;
    uint64_t room = c->body_bytes_max - p->body.count;
    if (p->received == 0 && piece.len == p->event.body_size && piece.len <= room) {
        finish_partial(c, p, piece);
        return AMQP_STATUS_OK;
    }
    p->received += piece.len;
    buffer_append(&p->body, piece.bytes, piece.len < room ? piece.len : (size_t)room);
    if (p->received == p->event.body_size) {
        finish_partial(c, p, (amqp_bytes_t){.len = p->body.count, .bytes = p->body.bytes});
    }
    return AMQP_STATUS_OK;
}

static int on_frame(flotilla_amqp *c, const amqp_frame_t *frame) {
    switch (frame->frame_type) {
    case AMQP_FRAME_METHOD: return on_method(c, frame->channel, frame->payload.method);
    case AMQP_FRAME_HEADER: return on_header(c, frame);
    case AMQP_FRAME_BODY: return on_body(c, frame);
    default: return AMQP_STATUS_UNEXPECTED_STATE;
    }
}

static bool has_buffered(flotilla_amqp *c) { return amqp_frames_enqueued(c->state) || amqp_data_in_buffer(c->state); }

int32_t flotilla_amqp_pump(
    flotilla_amqp *c, size_t events_max, size_t bytes_max, flotilla_amqp_batch *batch, flotilla_amqp_failure *failure) {
    failure_clear(failure);
    c->deliveries.count = 0;
    c->signals.count = 0;
    c->field_count = 0;
    c->arena.count = 0;
    if (c->arena.capacity > (8u << 20)) buffer_free(&c->arena);
    int status = AMQP_STATUS_OK;
    do {
        amqp_frame_t frame;
        struct timeval now = {0, 0};
        status = amqp_simple_wait_frame_noblock(c->state, &frame, &now);
        if (status != AMQP_STATUS_OK) break;
        status = on_frame(c, &frame);
        // Everything was copied out: the pool of the channel may be used again.
        amqp_maybe_release_buffers_on_channel(c->state, frame.channel);
    } while (status == AMQP_STATUS_OK && c->deliveries.count + c->signals.count < events_max && c->arena.count < bytes_max
             && has_buffered(c));
    *batch = (flotilla_amqp_batch){
        .deliveries = c->deliveries.events,
        .signals = c->signals.events,
        .fields = c->fields,
        .arena = c->arena.bytes,
        .delivery_count = c->deliveries.count,
        .signal_count = c->signals.count,
        .field_count = c->field_count,
        .arena_bytes = c->arena.count,
        .more = has_buffered(c),
    };
    if (status == AMQP_STATUS_OK || status == AMQP_STATUS_TIMEOUT) return 0;
    return failure_of_status(failure, status);
}
