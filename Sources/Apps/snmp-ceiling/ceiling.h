// What this machine's libsnmp can do at most: plain loops over its asynchronous calls, nothing of Flotilla; and what a simulator can.
#ifndef FLOTILLA_SNMP_CEILING_H
#define FLOTILLA_SNMP_CEILING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    // Seconds without any answer after which a loop gives up.
    PATIENCE = 30,
    TIMEOUT_MICROS = 2000000,
    RETRIES = 3,
    NAMES_MAX = 100000,
    ARCS_MAX = 128,
};

typedef struct {
    // First octet in the high bits.
    uint32_t first;
    uint32_t devices;
    uint16_t port;
    const char *community;
    uint32_t in_flight;
    // Of a GETBULK, or names in a GET.
    uint32_t count;
} fleet;

typedef struct {
    size_t length;
    unsigned long arcs[ARCS_MAX];
} name;

typedef struct {
    uint64_t varbinds, requests, answers, timeouts;
} tally;

// Writes the reason to standard error and ends the program with code 1.
_Noreturn void give_up(const char *what, const char *why);
double seconds_now(void);
void spell_address(const fleet *fleet, uint32_t place, char *text, size_t room);
bool read_name(const char *text, name *name);

// loops.c: one session for each device of the fleet, `in_flight` of them at work at a time, one request each.
tally walk_all(const fleet *fleet, const name *root);
// Every device is asked for all names.
tally get_all(const fleet *fleet, const name *names, size_t count);

// blast.c: fires one GETBULK again and again, `in_flight` unanswered at most, and counts what comes back.
tally blast(const fleet *fleet, const name *root, double seconds);

#endif
