package import Domain
import Synchronization

/// A clock that stands still until a test moves it.
///
/// Wall time and monotonic time move together, unless only the wall clock is stepped.
package final class MovedClock: Sendable {
    private struct Hands: Sendable {
        var wall: Timestamp
        var monotonic: Instant
    }

    private let hands: Mutex<Hands>

    /// Begins at `monotonic`, of which only differences mean anything.
    package init(wall: Timestamp = Timestamp(microseconds: 1_700_000_000_000_000), monotonic: Instant) {
        hands = Mutex(Hands(wall: wall, monotonic: monotonic))
    }

    package var wall: Timestamp { hands.withLock(\.wall) }
    package var monotonic: Instant { hands.withLock(\.monotonic) }

    /// The clock as everything else sees it.
    package var source: TimeSource { TimeSource(wall: { self.wall }, monotonic: { self.monotonic }) }

    /// Time passes.
    package func move(by span: Duration) {
        precondition(span >= .zero, "time does not run backwards; only the wall clock can be stepped")
        hands.withLock { hands in
            hands.wall = hands.wall + span
            hands.monotonic += span
        }
    }

    /// Somebody sets the wall clock; what counts monotonic time does not notice.
    package func stepWall(by span: Duration) {
        hands.withLock { $0.wall = $0.wall + span }
    }
}
