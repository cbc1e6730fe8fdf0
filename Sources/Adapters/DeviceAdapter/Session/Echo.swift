package import Domain
import Synchronization

/// Knows how long a request that was given up may still be on its way, or in a slow device's hands.
///
/// A request lives `life` from when it was sent, however soon its sender stopped waiting. Only an answer to a later request shows that the
/// device is done with it: agents work through their requests in order.
package final class Echo: Sendable {
    private let life: Duration
    private let over = Mutex<Instant?>(nil)

    package init(life: Duration) {
        self.life = life
    }

    /// The device answered: nothing before it is under way any more.
    package func answered() {
        over.withLock { $0 = nil }
    }

    /// A request was given up at `now`.
    package func silent(at now: Instant) {
        over.withLock { $0 = now + life }
    }

    /// How long nothing new should be sent to the device; zero when nothing can be under way.
    package func left(at now: Instant) -> Duration {
        over.withLock { over in over.map { max(.zero, $0 - now) } ?? .zero }
    }
}
