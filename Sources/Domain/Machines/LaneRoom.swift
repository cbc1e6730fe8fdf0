/// How many more tasks each lane may take: filled to the high mark, and while others wait refilled when it has fallen to the low one.
///
/// What waits beyond stays where it can be steered. Below the high mark with nothing waiting a task goes out at once.
package struct LaneRoom: Sendable {
    /// Tasks on a lane at most, 1…100,000.
    package static let highWatermarkDefault = 1000
    /// A lane that was filled is left alone until so few are on it, 0…high.
    package static let lowWatermarkDefault = 500

    private let highWatermark: Int
    private let lowWatermark: Int
    private var queued: [Lane: Int] = [:]
    private var waiting: Set<Lane> = []
    /// Lanes that were filled to the high mark and have not fallen to the low one since.
    private var filled: Set<Lane> = []

    package init(highWatermark: Int = Self.highWatermarkDefault, lowWatermark: Int = Self.lowWatermarkDefault) {
        self.highWatermark = highWatermark
        self.lowWatermark = min(lowWatermark, highWatermark - 1)
    }

    /// Takes over what the record counted: tasks `queued` and whether due tasks wait, by lane.
    package mutating func recount(queued: [Lane: Int], waiting: Set<Lane>) {
        self.queued = queued
        self.waiting = waiting
        filled = filled.filter { queued[$0, default: 0] > lowWatermark }
    }

    /// What a sweep may bring to the lane now.
    package func room(in lane: Lane) -> Int {
        filled.contains(lane) ? 0 : free(in: lane)
    }

    /// Takes a place for a task that shall be queued at once.
    /// - Returns: false when the lane is full or others wait before it: the task is written down as waiting.
    package mutating func takePlace(in lane: Lane) -> Bool {
        guard free(in: lane) > 0, !waiting.contains(lane) else {
            waiting.insert(lane)
            return false
        }
        add(1, to: lane)
        return true
    }

    package mutating func dispatched(_ count: Int, to lane: Lane) {
        add(count, to: lane)
    }

    /// A sweep found nothing more that is due in these lanes: tasks may go out at once again.
    package mutating func swept(_ lanes: some Sequence<Lane>) {
        for lane in lanes {
            waiting.remove(lane)
            filled.remove(lane)
        }
    }

    /// - Returns: whether tasks wait for the lane and it may take some again.
    @discardableResult
    package mutating func left(_ count: Int, from lane: Lane) -> Bool {
        let now = max(0, queued[lane, default: 0] - count)
        queued[lane] = now
        if now <= lowWatermark { filled.remove(lane) }
        return waiting.contains(lane) && !filled.contains(lane)
    }

    private func free(in lane: Lane) -> Int {
        max(0, highWatermark - queued[lane, default: 0])
    }

    private mutating func add(_ count: Int, to lane: Lane) {
        queued[lane, default: 0] += count
        if free(in: lane) == 0 { filled.insert(lane) }
    }
}
