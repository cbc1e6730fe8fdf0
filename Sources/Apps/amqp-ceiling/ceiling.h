// What this machine and this broker can do at most: plain loops over librabbitmq, nothing of Flotilla.
#ifndef FLOTILLA_AMQP_CEILING_H
#define FLOTILLA_AMQP_CEILING_H

#include <amqp.h>
#include <amqp_framing.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    BODY_BYTES = 512,
    // Messages sent and not yet confirmed.
    WINDOW = 1000,
    PREFETCH = 256,
    CHANNEL = 1,
    // Seconds without any frame after which a loop gives up.
    PATIENCE = 30,
};

#define QUEUE "flotilla.bench.ceiling"
#define DEAD_EXCHANGE "flotilla.bench.dead"

// What one phase took.
typedef struct {
    double seconds;
    // Processor time in seconds: of this program, and of the broker (negative: not known).
    double client_cpu;
    double broker_cpu;
} phase_cost;

// Writes the reason to standard error and ends the program with code 1.
_Noreturn void give_up(const char *what, const char *why);
void check_status(int status, const char *what);
void check_reply(amqp_connection_state_t connection, const char *what);

// connection.c: an open connection with one channel, and what belongs to the broker's side of it.
amqp_connection_state_t dial(const char *url);
void hang_up(amqp_connection_state_t connection);
// A durable quorum queue with the arguments of a lane, empty; `messages` more than which it never holds.
void declare_lane(amqp_connection_state_t connection, int64_t messages);
void remove_lane(amqp_connection_state_t connection);
// The version the broker tells; valid as long as the connection.
amqp_bytes_t broker_version(amqp_connection_state_t connection);

// loops.c: both return when the broker has answered for the last of `messages`.
void publish_all(amqp_connection_state_t connection, int64_t messages);
void consume_all(amqp_connection_state_t connection, int64_t messages);

#endif
