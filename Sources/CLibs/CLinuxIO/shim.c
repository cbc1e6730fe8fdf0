#include "CLinuxIO.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int32_t outcome(int result) { return result < 0 ? -errno : result; }

// MARK: epoll

static uint32_t epoll_flags(uint32_t interest) {
    return ((interest & FLOTILLA_READABLE) ? (EPOLLIN | EPOLLRDHUP) : 0u) | ((interest & FLOTILLA_WRITABLE) ? EPOLLOUT : 0u);
}

static int32_t epoll_control(int32_t epoll, int operation, int32_t fd, uint32_t interest, uint64_t token) {
    struct epoll_event event = {.events = epoll_flags(interest), .data = {.u64 = token}};
    return outcome(epoll_ctl(epoll, operation, fd, &event));
}

int32_t flotilla_epoll_create(void) { return outcome(epoll_create1(EPOLL_CLOEXEC)); }

int32_t flotilla_epoll_add(int32_t epoll, int32_t fd, uint32_t interest, uint64_t token) {
    return epoll_control(epoll, EPOLL_CTL_ADD, fd, interest, token);
}

int32_t flotilla_epoll_change(int32_t epoll, int32_t fd, uint32_t interest, uint64_t token) {
    return epoll_control(epoll, EPOLL_CTL_MOD, fd, interest, token);
}

int32_t flotilla_epoll_remove(int32_t epoll, int32_t fd) { return epoll_control(epoll, EPOLL_CTL_DEL, fd, 0, 0); }

int32_t flotilla_epoll_wait(int32_t epoll, flotilla_event *events, int32_t max, int32_t milliseconds) {
    enum { most = 256 };
    struct epoll_event raw[most];
    int count = epoll_wait(epoll, raw, max < most ? max : most, milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        uint32_t flags = raw[i].events;
        uint32_t readiness = 0;
        if (flags & (EPOLLIN | EPOLLRDHUP)) readiness |= FLOTILLA_READABLE;
        if (flags & EPOLLOUT) readiness |= FLOTILLA_WRITABLE;
        if (flags & (EPOLLERR | EPOLLHUP)) readiness |= FLOTILLA_READABLE | FLOTILLA_WRITABLE;
        events[i] = (flotilla_event){.token = raw[i].data.u64, .readiness = readiness};
    }
    return count;
}

// MARK: eventfd

int32_t flotilla_eventfd_create(void) { return outcome(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

void flotilla_eventfd_signal(int32_t fd) {
    uint64_t one = 1;
    while (write(fd, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

void flotilla_eventfd_clear(int32_t fd) {
    uint64_t value;
    while (read(fd, &value, sizeof value) < 0 && errno == EINTR) {
    }
}

// MARK: threads

typedef struct {
    flotilla_thread_body body;
    void *context;
    const void *tag;
} thread_start;

static _Thread_local const void *current_tag = NULL;

static void *thread_main(void *argument) {
    thread_start start = *(thread_start *)argument;
    free(argument);
    current_tag = start.tag;
    start.body(start.context);
    current_tag = NULL;
    return NULL;
}

// Without a size of its own a thread's stack would follow `ulimit -s` of whoever started the process.
static int create(pthread_t *handle, size_t stack_bytes, thread_start *start) {
    pthread_attr_t attributes;
    int code = pthread_attr_init(&attributes);
    if (code != 0) return code;
    code = pthread_attr_setstacksize(&attributes, stack_bytes);
    if (code == 0) code = pthread_create(handle, &attributes, thread_main, start);
    pthread_attr_destroy(&attributes);
    return code;
}

int32_t flotilla_thread_start(
    const char *name, size_t stack_bytes, flotilla_thread_body body, void *context, const void *tag, flotilla_thread *out) {
    pthread_t *handle = malloc(sizeof *handle);
    thread_start *start = malloc(sizeof *start);
    if (handle == NULL || start == NULL) {
        free(handle);
        free(start);
        return -ENOMEM;
    }
    *start = (thread_start){.body = body, .context = context, .tag = tag};
    sigset_t masked, before;
    sigfillset(&masked);
    sigdelset(&masked, SIGSEGV);
    sigdelset(&masked, SIGBUS);
    sigdelset(&masked, SIGILL);
    sigdelset(&masked, SIGFPE);
    sigdelset(&masked, SIGTRAP);
    sigdelset(&masked, SIGABRT);
    pthread_sigmask(SIG_BLOCK, &masked, &before);
    int code = create(handle, stack_bytes, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code != 0) {
        free(handle);
        free(start);
        return -code;
    }
    pthread_setname_np(*handle, name);
    *out = (flotilla_thread)(uintptr_t)handle;
    return 0;
}

void flotilla_thread_join(flotilla_thread thread) {
    pthread_t *handle = (pthread_t *)(uintptr_t)thread;
    pthread_join(*handle, NULL);
    free(handle);
}

void flotilla_thread_detach(flotilla_thread thread) {
    pthread_t *handle = (pthread_t *)(uintptr_t)thread;
    pthread_detach(*handle);
    free(handle);
}

size_t flotilla_thread_stack_bytes(void) {
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
    void *start = NULL;
    size_t bytes = 0;
    pthread_attr_getstack(&attributes, &start, &bytes);
    pthread_attr_destroy(&attributes);
    return bytes;
}

const void *flotilla_thread_tag(void) { return current_tag; }

static sem_t *semaphore_of(flotilla_semaphore semaphore) { return (sem_t *)(uintptr_t)semaphore; }

flotilla_semaphore flotilla_semaphore_create(void) {
    sem_t *semaphore = malloc(sizeof *semaphore);
    if (semaphore == NULL || sem_init(semaphore, 0, 0) != 0) abort();
    return (flotilla_semaphore)(uintptr_t)semaphore;
}

void flotilla_semaphore_signal(flotilla_semaphore semaphore) { sem_post(semaphore_of(semaphore)); }

void flotilla_semaphore_wait(flotilla_semaphore semaphore) {
    while (sem_wait(semaphore_of(semaphore)) < 0 && errno == EINTR) {
    }
}

void flotilla_semaphore_destroy(flotilla_semaphore semaphore) {
    sem_destroy(semaphore_of(semaphore));
    free(semaphore_of(semaphore));
}

// MARK: time, descriptors, names

uint64_t flotilla_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void flotilla_close(int32_t fd) { close(fd); }

int32_t flotilla_socket_pair(int32_t *first, int32_t *second) {
    int pair[2];
    int result = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair);
    if (result < 0) return -errno;
    *first = pair[0];
    *second = pair[1];
    return 0;
}

int32_t flotilla_set_nonblocking(int32_t fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? -errno : outcome(fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}

int32_t flotilla_set_close_on_exec(int32_t fd) {
    int flags = fcntl(fd, F_GETFD);
    return flags < 0 ? -errno : outcome(fcntl(fd, F_SETFD, flags | FD_CLOEXEC));
}

static int32_t set_option(int32_t fd, int level, int option, int value) {
    return outcome(setsockopt(fd, level, option, &value, sizeof value));
}

int32_t flotilla_set_no_delay(int32_t fd) { return set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1); }

int32_t flotilla_set_keep_alive(int32_t fd, int32_t idle_seconds, int32_t interval_seconds, int32_t count) {
    int32_t result = set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    if (result >= 0) result = set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle_seconds);
    if (result >= 0) result = set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, interval_seconds);
    if (result >= 0) result = set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, count);
    return result;
}

int32_t flotilla_set_user_timeout(int32_t fd, uint32_t milliseconds) {
    return set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)milliseconds);
}

void flotilla_ignore_broken_pipe(void) { signal(SIGPIPE, SIG_IGN); }

int32_t flotilla_resolve(const char *host, char *lines, size_t size) {
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    int code = getaddrinfo(host, NULL, &hints, &found);
    if (code == EAI_ADDRFAMILY || code == EAI_NONAME) {
        // A machine with loopback alone has no "configured" family: ask again without that filter.
        hints.ai_flags = 0;
        code = getaddrinfo(host, NULL, &hints, &found);
    }
    if (code != 0) return code;
    size_t used = 0;
    if (size > 0) lines[0] = '\0';
    for (struct addrinfo *each = found; each != NULL; each = each->ai_next) {
        char text[NI_MAXHOST];
        if (getnameinfo(each->ai_addr, each->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) != 0) continue;
        size_t length = strlen(text);
        if (used + length + 2 > size) break;
        memcpy(lines + used, text, length);
        used += length;
        lines[used++] = '\n';
        lines[used] = '\0';
    }
    freeaddrinfo(found);
    return 0;
}

const char *flotilla_resolve_text(int32_t code) { return gai_strerror(code); }

void flotilla_error_text(int32_t code, char *buffer, size_t size) {
    if (size == 0) return;
    const char *text = strerrordesc_np(code);
    strncpy(buffer, text == NULL ? "unknown error" : text, size - 1);
    buffer[size - 1] = '\0';
}
