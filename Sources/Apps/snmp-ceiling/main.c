// snmp-ceiling walk|get|blast …: plain loops over libsnmp against many agents, and a blaster; prints one line of JSON.
#include "ceiling.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

_Noreturn void give_up(const char *what, const char *why) {
    fprintf(stderr, "snmp-ceiling: %s: %s\n", what, why);
    exit(1);
}

double seconds_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void spell_address(const fleet *fleet, uint32_t place, char *text, size_t room) {
    uint32_t address = fleet->first + place;
    snprintf(text, room, "udp:%u.%u.%u.%u:%u", address >> 24, address >> 16 & 0xFF, address >> 8 & 0xFF, address & 0xFF, fleet->port);
}

bool read_name(const char *text, name *name) {
    name->length = 0;
    while (*text == '.') text++;
    while (*text && *text != '\n') {
        char *end;
        errno = 0;
        unsigned long arc = strtoul(text, &end, 10);
        if (end == text || errno != 0 || arc > UINT32_MAX || name->length == ARCS_MAX) return false;
        name->arcs[name->length++] = arc;
        text = *end == '.' ? end + 1 : end;
        if (*end && *end != '.' && *end != '\n') return false;
    }
    return name->length >= 2;
}

static name *read_names(const char *path, size_t *count) {
    FILE *file = fopen(path, "r");
    if (file == NULL) give_up(path, strerror(errno));
    name *names = calloc(NAMES_MAX, sizeof *names);
    char line[2048];
    *count = 0;
    while (names && *count < NAMES_MAX && fgets(line, sizeof line, file)) {
        if (!read_name(line, &names[*count])) give_up(path, "not a name");
        *count += 1;
    }
    fclose(file);
    if (names == NULL || *count == 0) give_up(path, "holds no names");
    return names;
}

static double cpu(void) {
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) + (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static long resident_max(void) {
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return use.ru_maxrss * 1024;
}

static _Noreturn void explain(void) {
    fprintf(stderr,
            "usage: snmp-ceiling walk  FIRST DEVICES PORT COMMUNITY IN_FLIGHT REPETITIONS ROOT\n"
            "       snmp-ceiling get   FIRST DEVICES PORT COMMUNITY IN_FLIGHT NAMES_PER_GET FILE\n"
            "       snmp-ceiling blast FIRST DEVICES PORT COMMUNITY IN_FLIGHT REPETITIONS ROOT SECONDS\n"
            "FIRST is an IPv4 address, DEVICES follow it; FILE holds one name a line.\n");
    exit(2);
}

static uint32_t number(const char *text, uint32_t most) {
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*end || end == text || value < 1 || value > most) explain();
    return (uint32_t)value;
}

int main(int count, char **arguments) {
    if (count < 9) explain();
    struct in_addr first;
    if (inet_pton(AF_INET, arguments[2], &first) != 1) explain();
    fleet fleet = {
        .first = ntohl(first.s_addr),
        .devices = number(arguments[3], 65536),
        .port = (uint16_t)number(arguments[4], 65535),
        .community = arguments[5],
        .in_flight = number(arguments[6], 65536),
        .count = number(arguments[7], 10000),
    };
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    size_t names_count = 1;
    name root = {0};
    name *names = &root;
    bool is_get = strcmp(arguments[1], "get") == 0;
    if (is_get) names = read_names(arguments[8], &names_count);
    else if (!read_name(arguments[8], &root)) explain();

    double start = seconds_now(), start_cpu = cpu();
    tally tally;
    if (is_get) tally = get_all(&fleet, names, names_count);
    else if (strcmp(arguments[1], "walk") == 0) tally = walk_all(&fleet, names);
    else if (strcmp(arguments[1], "blast") == 0 && count == 10) tally = blast(&fleet, names, atof(arguments[9]));
    else explain();
    double seconds = seconds_now() - start, spent = cpu() - start_cpu;
    printf("{\"devices\": %u, \"inFlight\": %u, \"varbinds\": %llu, \"requests\": %llu, \"answers\": %llu, \"timeouts\": %llu, "
           "\"seconds\": %.4f, \"cpuSeconds\": %.4f, \"residentBytesMax\": %ld}\n",
           fleet.devices, fleet.in_flight, (unsigned long long)tally.varbinds, (unsigned long long)tally.requests,
           (unsigned long long)tally.answers, (unsigned long long)tally.timeouts, seconds, spent, resident_max());
    return 0;
}
