/// How many more tasks each lane may take: filled to the high mark, so that the rest stays where it can be steered.
package struct LaneRoom: Sendable {
    /// Tasks on a lane at most, 1…100,000.
    package static let highWatermarkDefault = 1000

    private let highWatermark: Int
    private var queued: [Lane: Int] = [:]
    private var waiting: Set<Lane> = []

    package init(highWatermark: Int = Self.highWatermarkDefault) {
        self.highWatermark = highWatermark
    }

    /// Takes over what the record counted: tasks `queued` and whether due tasks wait, by lane.
    package mutating func recount(queued: [Lane: Int], waiting: Set<Lane>) {
        self.queued = queued
        self.waiting = waiting
    }

    package func room(in lane: Lane) -> Int {
        max(0, highWatermark - queued[lane, default: 0])
    }

    /// Takes a place for a task that shall be queued at once.
    /// - Returns: false when the lane is full or others wait before it: the task is written down as waiting.
    package mutating func takePlace(in lane: Lane) -> Bool {
        guard room(in: lane) > 0, !waiting.contains(lane) else {
            waiting.insert(lane)
            return false
        }
        queued[lane, default: 0] += 1
        return true
    }

    package mutating func dispatched(_ count: Int, to lane: Lane) {
        queued[lane, default: 0] += count
    }

    /// A sweep found nothing more that is due in these lanes: tasks may go out at once again.
    package mutating func swept(_ lanes: some Sequence<Lane>) {
        waiting.subtract(lanes)
    }

    package mutating func left(_ count: Int, from lane: Lane) {
        queued[lane] = max(0, queued[lane, default: 0] - count)
    }
}
