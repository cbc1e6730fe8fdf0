#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "internal.h"

static struct timeval time_of(int32_t milliseconds) {
    return (struct timeval){.tv_sec = milliseconds / 1000, .tv_usec = (milliseconds % 1000) * 1000};
}

static amqp_table_entry_t text_entry(const char *key, const char *value) {
    amqp_table_entry_t entry = {.key = amqp_cstring_bytes(key)};
    entry.value.kind = AMQP_FIELD_KIND_UTF8;
    entry.value.value.bytes = amqp_cstring_bytes(value);
    return entry;
}

static amqp_table_entry_t true_entry(const char *key) {
    amqp_table_entry_t entry = {.key = amqp_cstring_bytes(key)};
    entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
    entry.value.value.boolean = 1;
    return entry;
}

static amqp_rpc_reply_t login(amqp_connection_state_t state, const flotilla_amqp_settings *settings) {
    amqp_table_entry_t capabilities[] = {
        true_entry("publisher_confirms"),
        true_entry("consumer_cancel_notify"),
        true_entry("basic.nack"),
        true_entry("connection.blocked"),
        true_entry("authentication_failure_close"),
    };
    amqp_table_entry_t able = {.key = amqp_cstring_bytes("capabilities")};
    able.value.kind = AMQP_FIELD_KIND_TABLE;
    able.value.value.table = (amqp_table_t){
        .num_entries = sizeof capabilities / sizeof capabilities[0],
        .entries = capabilities,
    };
    amqp_table_entry_t properties[] = {
        text_entry("product", settings->product),
        text_entry("connection_name", settings->connection_name),
        able,
    };
    amqp_table_t table = {.num_entries = sizeof properties / sizeof properties[0], .entries = properties};
    return amqp_login_with_properties(
        state, settings->virtual_host, AMQP_DEFAULT_MAX_CHANNELS, AMQP_DEFAULT_FRAME_SIZE, settings->heartbeat_seconds, &table,
        AMQP_SASL_METHOD_PLAIN, settings->user, settings->password);
}

static void set_options(int descriptor, const flotilla_amqp_settings *settings) {
    unsigned int user_timeout = (unsigned int)settings->user_timeout_milliseconds;
    setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout, sizeof user_timeout);
    int on = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

flotilla_amqp *flotilla_amqp_open(const flotilla_amqp_settings *settings, flotilla_amqp_failure *failure) {
    failure_clear(failure);
    flotilla_amqp *c = calloc(1, sizeof *c);
    if (c == NULL) abort();
    c->state = amqp_new_connection();
    amqp_socket_t *socket = c->state == NULL ? NULL : amqp_tcp_socket_new(c->state);
    if (socket == NULL) {
        failure_of_status(failure, AMQP_STATUS_NO_MEMORY);
        flotilla_amqp_close(c, 0);
        return NULL;
    }
    c->rpc_milliseconds = settings->rpc_milliseconds;
    c->body_bytes_max = settings->body_bytes_max;
    struct timeval connect = time_of(settings->connect_milliseconds);
    struct timeval handshake = time_of(settings->handshake_milliseconds);
    struct timeval rpc = time_of(settings->rpc_milliseconds);
    amqp_set_handshake_timeout(c->state, &handshake);
    amqp_set_rpc_timeout(c->state, &rpc);
    errno = 0;
    int status = amqp_socket_open_noblock(socket, settings->host, settings->port, &connect);
    if (status != AMQP_STATUS_OK) {
        failure_of_status(failure, status);
        flotilla_amqp_close(c, 0);
        return NULL;
    }
    set_options(amqp_get_sockfd(c->state), settings);
    if (failure_of_reply(c, 0, login(c->state, settings), failure) != 0) {
        flotilla_amqp_close(c, 0);
        return NULL;
    }
    amqp_maybe_release_buffers_on_channel(c->state, 0);
    c->heartbeat_seconds = amqp_get_heartbeat(c->state);
    c->frame_max = (size_t)amqp_get_frame_max(c->state);
    // Heartbeats are ours from here on: the library's own would land inside a frame that is half sent, and its
    // receive deadline is checked at the wrong places (infinite waits in 0.11).
    // The frame size bounds what comes in from here on (and sizes the library's buffers); what goes out is measured
    // against `frame_max`.
    int incoming_max = c->frame_max > INCOMING_FRAME_MAX ? (int)c->frame_max : INCOMING_FRAME_MAX;
    status = amqp_tune_connection(c->state, amqp_get_channel_max(c->state), incoming_max, 0);
    if (status != AMQP_STATUS_OK) {
        failure_of_status(failure, status);
        flotilla_amqp_close(c, 0);
        return NULL;
    }
    return c;
}

void flotilla_amqp_close(flotilla_amqp *c, int32_t good_bye_milliseconds) {
    if (good_bye_milliseconds > 0) {
        struct timeval limit = time_of(good_bye_milliseconds);
        amqp_set_rpc_timeout(c->state, &limit);
        c->rpc_milliseconds = good_bye_milliseconds;
        flotilla_amqp_failure ignored;
        if (out_drain(c, &ignored) == 0) amqp_connection_close(c->state, AMQP_REPLY_SUCCESS);
    }
    if (c->state != NULL) amqp_destroy_connection(c->state);
    buffer_free(&c->out);
    buffer_free(&c->arena);
    free(c->deliveries.events);
    free(c->signals.events);
    free(c->fields);
    for (size_t i = 0; i < PARTIALS_MAX; i++) {
        if (c->partials[i] == NULL) continue;
        buffer_free(&c->partials[i]->text);
        buffer_free(&c->partials[i]->body);
        free(c->partials[i]);
    }
    free(c);
    // A connection's buffers are megabytes in an arena of its thread, which glibc would keep when the thread ends.
    malloc_trim(0);
}

int32_t flotilla_amqp_descriptor(flotilla_amqp *c) { return amqp_get_sockfd(c->state); }

int32_t flotilla_amqp_heartbeat_seconds(flotilla_amqp *c) { return c->heartbeat_seconds; }

int32_t flotilla_amqp_channel_max(flotilla_amqp *c) { return amqp_get_channel_max(c->state); }
