import CLinuxIO

/// Holds threads back until it is opened.
final class Gate: Sendable {
    private let semaphore = flotilla_semaphore_create()

    deinit {
        flotilla_semaphore_destroy(semaphore)
    }

    /// Lets one waiting thread pass.
    func open() {
        flotilla_semaphore_signal(semaphore)
    }

    /// Blocks the thread; only for threads that may.
    func wait() {
        flotilla_semaphore_wait(semaphore)
    }
}
