// Tells the thread sanitizer what a contended `Mutex` of Swift does; linked into what `make tsan` builds, and nowhere else.
//
// The fast path of `Mutex` is inlined and instrumented. When two threads meet, `_lockSlow` and `_unlockSlow` in
// libswiftSynchronization let the kernel hand the mutex over (FUTEX_LOCK_PI); the sanitizer sees neither the library nor
// the kernel and reports the state behind the mutex as a race. These two stand in front of the library's and say what
// happened, so that no report has to be suppressed. docs/decisions/0015-sanitizers-and-fuzzers.md has the proof.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

void __tsan_acquire(void *address);
void __tsan_release(void *address);

SWIFT void seen_lock_slow(uint32_t state, SELF mutex) __asm__(LOCK);
SWIFT void seen_unlock_slow(SELF mutex) __asm__(UNLOCK);

SWIFT void seen_lock_slow(uint32_t state, SELF mutex) {
    ((SWIFT void (*)(uint32_t, SELF))dlsym(RTLD_NEXT, LOCK))(state, mutex);
    __tsan_acquire(mutex);
}

SWIFT void seen_unlock_slow(SELF mutex) {
    __tsan_release(mutex);
    ((SWIFT void (*)(SELF))dlsym(RTLD_NEXT, UNLOCK))(mutex);
}
