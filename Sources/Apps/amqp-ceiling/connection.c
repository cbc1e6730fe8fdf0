#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceiling.h"

void give_up(const char *what, const char *why) {
    fprintf(stderr, "amqp-ceiling: %s: %s\n", what, why);
    exit(1);
}

void check_status(int status, const char *what) {
    if (status != AMQP_STATUS_OK) give_up(what, amqp_error_string2(status));
}

static void check(amqp_rpc_reply_t reply, const char *what) {
    if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) give_up(what, amqp_error_string2(reply.library_error));
    if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION && reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
        const amqp_channel_close_t *close = reply.reply.decoded;
        fprintf(stderr, "amqp-ceiling: %.*s\n", (int)close->reply_text.len, (const char *)close->reply_text.bytes);
    }
    give_up(what, "the broker refused");
}

void check_reply(amqp_connection_state_t connection, const char *what) {
    check(amqp_get_rpc_reply(connection), what);
}

amqp_connection_state_t dial(const char *url) {
    // The parser writes into the text and keeps pointers to it.
    char *text = strdup(url);
    if (text == NULL) give_up("dial", "no memory");
    struct amqp_connection_info address;
    check_status(amqp_parse_url(text, &address), url);
    amqp_connection_state_t connection = amqp_new_connection();
    if (connection == NULL) give_up("dial", "no memory");
    amqp_socket_t *socket = amqp_tcp_socket_new(connection);
    if (socket == NULL) give_up("dial", "no memory");
    check_status(amqp_socket_open(socket, address.host, address.port), "dial");
    const char *host = address.vhost[0] == 0 ? "/" : address.vhost;
    check(
        amqp_login(connection, host, 0, AMQP_DEFAULT_FRAME_SIZE, 0, AMQP_SASL_METHOD_PLAIN, address.user, address.password), "log in");
    amqp_channel_open(connection, CHANNEL);
    check_reply(connection, "open a channel");
    free(text);
    return connection;
}

void hang_up(amqp_connection_state_t connection) {
    check(amqp_connection_close(connection, AMQP_REPLY_SUCCESS), "close");
    check_status(amqp_destroy_connection(connection), "close");
}

static amqp_table_entry_t text_entry(const char *key, const char *value) {
    amqp_table_entry_t entry = {.key = amqp_cstring_bytes(key)};
    entry.value.kind = AMQP_FIELD_KIND_UTF8;
    entry.value.value.bytes = amqp_cstring_bytes(value);
    return entry;
}

static amqp_table_entry_t number_entry(const char *key, int64_t value) {
    amqp_table_entry_t entry = {.key = amqp_cstring_bytes(key)};
    entry.value.kind = AMQP_FIELD_KIND_I64;
    entry.value.value.i64 = value;
    return entry;
}

void declare_lane(amqp_connection_state_t connection, int64_t messages) {
    amqp_exchange_declare(
        connection, CHANNEL, amqp_cstring_bytes(DEAD_EXCHANGE), amqp_cstring_bytes("fanout"), 0, 1, 0, 0, amqp_empty_table);
    check_reply(connection, "declare the exchange for dead messages");
    amqp_table_entry_t entries[] = {
        text_entry("x-queue-type", "quorum"),
        number_entry("x-max-length", messages),
        text_entry("x-overflow", "reject-publish"),
        text_entry("x-dead-letter-exchange", DEAD_EXCHANGE),
        text_entry("x-dead-letter-strategy", "at-least-once"),
        number_entry("x-delivery-limit", 20),
    };
    amqp_table_t arguments = {.num_entries = sizeof entries / sizeof *entries, .entries = entries};
    amqp_queue_declare(connection, CHANNEL, amqp_cstring_bytes(QUEUE), 0, 1, 0, 0, arguments);
    check_reply(connection, "declare the queue");
    amqp_queue_purge(connection, CHANNEL, amqp_cstring_bytes(QUEUE));
    check_reply(connection, "empty the queue");
}

void remove_lane(amqp_connection_state_t connection) {
    amqp_queue_delete(connection, CHANNEL, amqp_cstring_bytes(QUEUE), 0, 0);
    check_reply(connection, "delete the queue");
    amqp_exchange_delete(connection, CHANNEL, amqp_cstring_bytes(DEAD_EXCHANGE), 0);
    check_reply(connection, "delete the exchange for dead messages");
}

amqp_bytes_t broker_version(amqp_connection_state_t connection) {
    const amqp_table_t *properties = amqp_get_server_properties(connection);
    for (int i = 0; i < properties->num_entries; i++) {
        const amqp_table_entry_t *entry = &properties->entries[i];
        bool is_version = entry->key.len == strlen("version") && memcmp(entry->key.bytes, "version", entry->key.len) == 0;
        if (is_version && entry->value.kind == AMQP_FIELD_KIND_UTF8) return entry->value.value.bytes;
    }
    return amqp_cstring_bytes("unknown");
}
