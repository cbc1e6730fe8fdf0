import ServiceLifecycle
import Synchronization

/// Goes up when the program is told to stop; add it last to a group, so that it is told first.
package final class StopSign: Service {
    private let sign = Mutex(false)

    package init() {}

    package var isUp: Bool { sign.withLock { $0 } }

    package func raise() {
        sign.withLock { $0 = true }
    }

    package func run() async throws {
        // Cancellation is a way to be told, too.
        try? await gracefulShutdown()
        raise()
    }
}
