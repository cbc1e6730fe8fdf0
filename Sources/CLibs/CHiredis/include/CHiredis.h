// hiredis 0.14, passed through: its pointer API imports cleanly. Only non-variadic calls are used from Swift.
#ifndef FLOTILLA_CHIREDIS_H
#define FLOTILLA_CHIREDIS_H

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

_Static_assert(HIREDIS_MAJOR == 0 && HIREDIS_MINOR == 14, "the reentrancy rules of this driver were read in hiredis 0.14");

#define FLOTILLA_REDIS_OK REDIS_OK

/// Whether the TCP connection of the context stands.
static inline int flotilla_redis_is_connected(const redisAsyncContext *context) {
    return (context->c.flags & REDIS_CONNECTED) != 0;
}


/// The text of what went wrong, also while a connect fails, when the library has not copied it outwards yet.
static inline const char *flotilla_redis_failure(const redisAsyncContext *context) {
    if (context->errstr != NULL && context->errstr[0] != '\0') return context->errstr;
    return context->c.errstr[0] == '\0' ? "connect failed" : context->c.errstr;
}

#endif
