package import Domain
import Synchronization

/// The lanes' room, shared by whoever queues tasks and whoever sees them leave.
package final class LaneLedger: Sendable {
    private struct State {
        var room: LaneRoom
        var isOpen = true
        var waiting = 0
    }

    private let state: Mutex<State>

    package init(highWatermark: Int, lowWatermark: Int = LaneRoom.lowWatermarkDefault) {
        state = Mutex(State(room: LaneRoom(highWatermark: highWatermark, lowWatermark: lowWatermark)))
    }

    /// Takes a place for a task that shall be queued at once; never while the broker takes nothing.
    package func takePlace(in lane: Lane) -> Bool {
        state.withLock { $0.isOpen && $0.room.takePlace(in: lane) }
    }

    /// Whether the broker takes tasks now.
    package func setOpen(_ isOpen: Bool) {
        state.withLock { $0.isOpen = isOpen }
    }

    /// Lanes that may take more, and how many tasks.
    package func rooms() -> [Lane: Int] {
        state.withLock { state in
            var rooms: [Lane: Int] = [:]
            for lane in Lane.all {
                let room = state.room.room(in: lane)
                if room > 0 { rooms[lane] = room }
            }
            return rooms
        }
    }

    /// Takes over what a sweep dispatched into `rooms`.
    ///
    /// Lanes that it did not fill have nothing left that waits, if it `foundAll`.
    package func swept(_ tasks: [DispatchedTask], into rooms: [Lane: Int], foundAll: Bool) {
        var counts: [Lane: Int] = [:]
        for task in tasks { counts[task.lane, default: 0] += 1 }
        state.withLock { state in
            for (lane, count) in counts { state.room.dispatched(count, to: lane) }
            if foundAll { state.room.swept(rooms.lazy.filter { counts[$0.key, default: 0] < $0.value }.map(\.key)) }
        }
    }

    /// - Returns: whether a lane may be refilled now for which tasks wait.
    @discardableResult
    package func left(_ lanes: [Lane: Int]) -> Bool {
        state.withLock { state in
            var mayRefill = false
            for (lane, count) in lanes where state.room.left(count, from: lane) { mayRefill = true }
            return mayRefill
        }
    }

    package func recount(_ counts: LaneCounts) {
        state.withLock { state in
            state.room.recount(queued: counts.queued, waiting: Set(counts.waiting.lazy.filter { $0.value > 0 }.map(\.key)))
            state.waiting = counts.waiting.values.reduce(0, +)
        }
    }

    /// Due tasks that wait, as last counted.
    package var waiting: Int { state.withLock { $0.waiting } }
}
