// What Flotilla asks of Linux and the Glibc module does not offer: epoll, eventfd, named threads with
// masked signals, socket options, name resolution. No policy here; failures are negative errno values.
#ifndef FLOTILLA_CLINUXIO_H
#define FLOTILLA_CLINUXIO_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// MARK: epoll

#define FLOTILLA_READABLE 1u
#define FLOTILLA_WRITABLE 2u

typedef struct {
    uint64_t token;
    uint32_t readiness;  // FLOTILLA_READABLE | FLOTILLA_WRITABLE; an error or a hang-up sets both
} flotilla_event;

int32_t flotilla_epoll_create(void);
int32_t flotilla_epoll_add(int32_t epoll, int32_t fd, uint32_t interest, uint64_t token);
int32_t flotilla_epoll_change(int32_t epoll, int32_t fd, uint32_t interest, uint64_t token);
int32_t flotilla_epoll_remove(int32_t epoll, int32_t fd);
/// Number of events written; 0 on timeout and on EINTR. `milliseconds` < 0 waits for ever. At most 256 at once.
int32_t flotilla_epoll_wait(int32_t epoll, flotilla_event *events, int32_t max, int32_t milliseconds);

// MARK: eventfd

int32_t flotilla_eventfd_create(void);
void flotilla_eventfd_signal(int32_t fd);
void flotilla_eventfd_clear(int32_t fd);

// MARK: threads

typedef void (*flotilla_thread_body)(void *context);
/// Handles are numbers, so that a Sendable value may hold them; both kinds are safe from any thread.
typedef uint64_t flotilla_thread;
typedef uint64_t flotilla_semaphore;

/// Starts a named thread (15 bytes at most) with every signal masked that is not a fault. `tag` is what
/// flotilla_thread_tag() answers on it. `stack_bytes`: whatever `ulimit -s` says; address space until it is touched.
int32_t flotilla_thread_start(
    const char *name, size_t stack_bytes, flotilla_thread_body body, void *context, const void *tag, flotilla_thread *out);
/// Waits for the end of the thread and frees the handle.
void flotilla_thread_join(flotilla_thread thread);
/// Lets the thread end by itself and frees the handle.
void flotilla_thread_detach(flotilla_thread thread);
/// Bytes of the stack of the thread that asks.
size_t flotilla_thread_stack_bytes(void);
/// The tag of the thread that asks; NULL on a thread we did not start. A call into another translation unit on
/// purpose: an inlined identity of the thread may be moved across a suspension by the optimiser.
const void *_Nullable flotilla_thread_tag(void);

flotilla_semaphore flotilla_semaphore_create(void);
void flotilla_semaphore_signal(flotilla_semaphore semaphore);
void flotilla_semaphore_wait(flotilla_semaphore semaphore);
void flotilla_semaphore_destroy(flotilla_semaphore semaphore);

// MARK: time, descriptors, names

uint64_t flotilla_monotonic_nanoseconds(void);
/// What `close` does, for rooms that do not import Glibc.
void flotilla_close(int32_t fd);
/// A pair of connected, non-blocking stream sockets.
int32_t flotilla_socket_pair(int32_t *first, int32_t *second);
int32_t flotilla_set_nonblocking(int32_t fd);
int32_t flotilla_set_close_on_exec(int32_t fd);
int32_t flotilla_set_no_delay(int32_t fd);
int32_t flotilla_set_keep_alive(int32_t fd, int32_t idle_seconds, int32_t interval_seconds, int32_t count);
/// Bounds how long sent data may stay unacknowledged, also behind a zero window (tcp(7)).
int32_t flotilla_set_user_timeout(int32_t fd, uint32_t milliseconds);
void flotilla_ignore_broken_pipe(void);

/// Resolves a host into numeric addresses, one per line. Blocks. 0, or the code of getaddrinfo.
int32_t flotilla_resolve(const char *host, char *lines, size_t size);
const char *flotilla_resolve_text(int32_t code);
/// Text of an errno value (not localised), written into `buffer`.
void flotilla_error_text(int32_t code, char *buffer, size_t size);

#pragma clang assume_nonnull end
#endif
