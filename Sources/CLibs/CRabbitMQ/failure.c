#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

void failure_clear(flotilla_amqp_failure *failure) {
    failure->code = 0;
    failure->system = 0;
    failure->scope = FLOTILLA_AMQP_SCOPE_NONE;
    failure->text[0] = 0;
}

void failure_text(flotilla_amqp_failure *failure, const void *bytes, size_t count) {
    if (count > sizeof failure->text - 1) count = sizeof failure->text - 1;
    if (count > 0) memcpy(failure->text, bytes, count);
    failure->text[count] = 0;
}

int32_t failure_of_status(flotilla_amqp_failure *failure, int status) {
    failure->system = status == AMQP_STATUS_SOCKET_ERROR || status == AMQP_STATUS_TCP_ERROR ? errno : 0;
    failure->code = status;
    failure->scope = FLOTILLA_AMQP_SCOPE_LIBRARY;
    const char *text = amqp_error_string2(status);
    failure_text(failure, text, strlen(text));
    return -1;
}

static int32_t closed_by_broker(
    flotilla_amqp_failure *failure, flotilla_amqp_scope scope, uint16_t code, amqp_bytes_t text) {
    failure->system = 0;
    failure->code = code;
    failure->scope = scope;
    failure_text(failure, text.bytes, text.len);
    return -1;
}

int32_t failure_of_reply(flotilla_amqp *c, uint16_t channel, amqp_rpc_reply_t reply, flotilla_amqp_failure *failure) {
    switch (reply.reply_type) {
    case AMQP_RESPONSE_NORMAL:
        failure_clear(failure);
        return 0;
    case AMQP_RESPONSE_NONE:
        return failure_of_status(failure, AMQP_STATUS_CONNECTION_CLOSED);
    case AMQP_RESPONSE_LIBRARY_EXCEPTION:
        return failure_of_status(failure, reply.library_error);
    case AMQP_RESPONSE_SERVER_EXCEPTION:
        break;
    }
    if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
        amqp_channel_close_t *close = reply.reply.decoded;
        closed_by_broker(failure, FLOTILLA_AMQP_SCOPE_CHANNEL, close->reply_code, close->reply_text);
        amqp_channel_close_ok_t answer = {0};
        int status = amqp_send_method(c->state, channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &answer);
        if (status != AMQP_STATUS_OK) failure->scope = FLOTILLA_AMQP_SCOPE_LIBRARY;
        return -1;
    }
    if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
        amqp_connection_close_t *close = reply.reply.decoded;
        closed_by_broker(failure, FLOTILLA_AMQP_SCOPE_CONNECTION, close->reply_code, close->reply_text);
        amqp_connection_close_ok_t answer = {0};
        amqp_send_method(c->state, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &answer);
        return -1;
    }
    return failure_of_status(failure, AMQP_STATUS_WRONG_METHOD);
}
