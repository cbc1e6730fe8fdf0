#include <stdlib.h>
#include <string.h>

#include "ceiling.h"

// MARK: Publishing

// Which messages wait for their confirm; the broker counts them from 1.
typedef struct {
    bool *confirmed;
    // Everything below is confirmed.
    uint64_t lowest;
    int64_t waiting;
} confirm_ledger;

static void confirm(confirm_ledger *ledger, uint64_t tag, bool multiple) {
    for (uint64_t i = multiple ? ledger->lowest : tag; i <= tag; i++) {
        if (ledger->confirmed[i]) continue;
        ledger->confirmed[i] = true;
        ledger->waiting--;
    }
    while (ledger->confirmed[ledger->lowest]) ledger->lowest++;
}

// Takes one frame if there is one within `seconds`.
static bool take_confirm(amqp_connection_state_t connection, confirm_ledger *ledger, int seconds) {
    struct timeval limit = {.tv_sec = seconds};
    amqp_frame_t frame;
    int status = amqp_simple_wait_frame_noblock(connection, &frame, &limit);
    if (status == AMQP_STATUS_TIMEOUT) return false;
    check_status(status, "wait for a confirm");
    if (frame.frame_type != AMQP_FRAME_METHOD) return true;
    if (frame.payload.method.id != AMQP_BASIC_ACK_METHOD) give_up("publish", "a message was refused or came back");
    const amqp_basic_ack_t *ack = frame.payload.method.decoded;
    confirm(ledger, ack->delivery_tag, ack->multiple);
    return true;
}

void publish_all(amqp_connection_state_t connection, int64_t messages) {
    amqp_confirm_select(connection, CHANNEL);
    check_reply(connection, "ask for confirms");
    // One more at the end that is never confirmed stops the search for the lowest.
    confirm_ledger ledger = {.confirmed = calloc((size_t)messages + 2, sizeof(bool)), .lowest = 1};
    if (ledger.confirmed == NULL) give_up("publish", "no memory");
    char content[BODY_BYTES];
    memset(content, 'x', sizeof content);
    amqp_bytes_t body = {.len = sizeof content, .bytes = content};
    amqp_basic_properties_t properties = {._flags = AMQP_BASIC_DELIVERY_MODE_FLAG, .delivery_mode = AMQP_DELIVERY_PERSISTENT};
    for (int64_t sent = 0; sent < messages;) {
        check_status(
            amqp_basic_publish(connection, CHANNEL, amqp_empty_bytes, amqp_cstring_bytes(QUEUE), 1, 0, &properties, body), "publish");
        sent++;
        ledger.waiting++;
        if (ledger.waiting < WINDOW && sent % 64 != 0) continue;
        while (ledger.waiting >= WINDOW) {
            if (!take_confirm(connection, &ledger, PATIENCE)) give_up("publish", "the broker does not confirm");
        }
        while (take_confirm(connection, &ledger, 0)) {}
        amqp_maybe_release_buffers(connection);
    }
    while (ledger.waiting > 0) {
        if (!take_confirm(connection, &ledger, PATIENCE)) give_up("publish", "the broker does not confirm");
    }
    free(ledger.confirmed);
}

// MARK: Consuming

void consume_all(amqp_connection_state_t connection, int64_t messages) {
    amqp_basic_qos(connection, CHANNEL, 0, PREFETCH, 0);
    check_reply(connection, "set the prefetch");
    amqp_basic_consume(connection, CHANNEL, amqp_cstring_bytes(QUEUE), amqp_cstring_bytes("ceiling"), 0, 0, 0, amqp_empty_table);
    check_reply(connection, "consume");
    for (int64_t taken = 0; taken < messages; taken++) {
        struct timeval limit = {.tv_sec = PATIENCE};
        amqp_envelope_t envelope;
        amqp_rpc_reply_t reply = amqp_consume_message(connection, &envelope, &limit, 0);
        if (reply.reply_type != AMQP_RESPONSE_NORMAL) give_up("consume", "no message came");
        check_status(amqp_basic_ack(connection, CHANNEL, envelope.delivery_tag, 0), "settle");
        amqp_destroy_envelope(&envelope);
        amqp_maybe_release_buffers(connection);
    }
    // An answer on the same channel: the broker has read every settlement before.
    amqp_basic_cancel(connection, CHANNEL, amqp_cstring_bytes("ceiling"));
    check_reply(connection, "cancel");
}
