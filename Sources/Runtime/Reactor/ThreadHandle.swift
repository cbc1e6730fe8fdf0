internal import CLinuxIO

/// A started thread that was neither joined nor detached yet.
struct ThreadHandle: Sendable {
    private let thread: flotilla_thread

    /// What the C libraries were tested with, and more than any of them uses without recursion.
    static let stackBytes = 8 << 20

    /// Starts a thread; `context` is handed over with one reference, which `body` must take.
    static func start(
        name: String,
        stackBytes: Int = Self.stackBytes,
        body: @escaping flotilla_thread_body,
        context: AnyObject
    ) -> ThreadHandle {
        let retained = unsafe Unmanaged.passRetained(context).toOpaque()
        var thread: flotilla_thread = 0
        let code = unsafe flotilla_thread_start(name, stackBytes, body, retained, retained, &thread)
        guard code == 0 else { preconditionFailure("cannot start the thread \(name): \(systemErrorText(-code))") }
        return ThreadHandle(thread: thread)
    }

    func join() {
        flotilla_thread_join(thread)
    }

    func detach() {
        flotilla_thread_detach(thread)
    }
}
