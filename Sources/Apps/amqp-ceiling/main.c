// amqp-ceiling URL MESSAGES [BROKER_PID]: publishes, consumes, then does both at once; prints one line of JSON.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "ceiling.h"

// MARK: Clocks

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double own_cpu(void) {
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) + (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

// User and system time of a process in seconds; negative when it cannot be read.
static double cpu_of(long pid) {
    if (pid <= 0) return -1;
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) return -1;
    size_t count = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[count] = 0;
    // The name may hold anything; the fields that count stand behind its last parenthesis.
    const char *rest = strrchr(text, ')');
    unsigned long user = 0, system = 0;
    if (rest == NULL || sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2) return -1;
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

typedef struct {
    double time, client, broker;
} reading;

static reading read_clocks(long broker) {
    return (reading){.time = now(), .client = own_cpu(), .broker = cpu_of(broker)};
}

static phase_cost cost_since(reading start, long broker) {
    reading end = read_clocks(broker);
    return (phase_cost){
        .seconds = end.time - start.time,
        .client_cpu = end.client - start.client,
        .broker_cpu = start.broker < 0 || end.broker < 0 ? -1 : end.broker - start.broker,
    };
}

// MARK: Phases

typedef struct {
    const char *url;
    int64_t messages;
} job;

static void *publishing(void *argument) {
    const job *work = argument;
    amqp_connection_state_t connection = dial(work->url);
    publish_all(connection, work->messages);
    hang_up(connection);
    return NULL;
}

static void *consuming(void *argument) {
    const job *work = argument;
    amqp_connection_state_t connection = dial(work->url);
    consume_all(connection, work->messages);
    hang_up(connection);
    return NULL;
}

static phase_cost run_phase(job *work, bool publishes, bool consumes, long broker) {
    reading start = read_clocks(broker);
    pthread_t publisher, consumer;
    if (consumes && pthread_create(&consumer, NULL, consuming, work) != 0) give_up("start", "no thread");
    if (publishes && pthread_create(&publisher, NULL, publishing, work) != 0) give_up("start", "no thread");
    if (publishes) pthread_join(publisher, NULL);
    if (consumes) pthread_join(consumer, NULL);
    return cost_since(start, broker);
}

static void print_phase(const char *name, phase_cost cost, int64_t messages) {
    double each = 1e6 / (double)messages;
    printf(
        ", \"%s\": {\"seconds\": %.3f, \"perSecond\": %.1f, \"clientMicros\": %.2f", name, cost.seconds, (double)messages / cost.seconds,
        cost.client_cpu * each);
    if (cost.broker_cpu >= 0) printf(", \"brokerMicros\": %.2f", cost.broker_cpu * each);
    printf("}");
}

int main(int count, char **arguments) {
    int64_t messages = count > 2 ? atoll(arguments[2]) : 0;
    if (messages < 1 || messages > 10000000) {
        fprintf(stderr, "usage: amqp-ceiling URL MESSAGES [BROKER_PID]; MESSAGES is 1 to 10000000\n");
        return 2;
    }
    long broker = count > 3 ? atol(arguments[3]) : 0;
    job work = {.url = arguments[1], .messages = messages};
    amqp_connection_state_t keeper = dial(work.url);
    declare_lane(keeper, messages);

    phase_cost publish = run_phase(&work, true, false, broker);
    phase_cost consume = run_phase(&work, false, true, broker);
    phase_cost both = run_phase(&work, true, true, broker);

    amqp_bytes_t version = broker_version(keeper);
    printf("{\"broker\": \"%.*s\", \"messages\": %lld", (int)version.len, (const char *)version.bytes, (long long)messages);
    printf(", \"bodyBytes\": %d, \"window\": %d, \"prefetch\": %d", BODY_BYTES, WINDOW, PREFETCH);
    print_phase("publish", publish, messages);
    print_phase("consume", consume, messages);
    print_phase("bothAtOnce", both, messages);
    printf("}\n");
    remove_lane(keeper);
    hang_up(keeper);
    return 0;
}
