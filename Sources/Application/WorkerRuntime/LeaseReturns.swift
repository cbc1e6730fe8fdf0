import Domain
import Logging

/// Gives leases back after their outcome was confirmed and their delivery settled.
final class LeaseReturns: Sendable {
    private let desk: LeaseDesk
    private let floor: WorkFloor
    private let time: TimeSource
    private let log: Logger
    private let ended: AsyncStream<Attempt>
    private let line: AsyncStream<Attempt>.Continuation

    init(desk: LeaseDesk, floor: WorkFloor, time: TimeSource, log: Logger) {
        self.desk = desk
        self.floor = floor
        self.time = time
        self.log = log
        // Bounded by what the worker has in hand.
        (ended, line) = AsyncStream.makeStream()
    }

    func give(_ attempt: Attempt) {
        line.yield(attempt)
    }

    /// Runs until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await attempt in ended {
                group.addTask { await self.release(attempt) }
            }
        }
    }

    private func release(_ attempt: Attempt) async {
        let now = time.monotonic()
        if let key = attempt.task.exclusionKey, !attempt.keeper.hasLostLease(at: now) {
            attempt.letGo()
            if let error = await desk.release(key, for: attempt, clean: attempt.keeper.leavesDeviceQuiet(at: now)) {
                log.debug("a lease was not given back and ends by itself", metadata: [LogKey.key: "\(key)", LogKey.error: "\(error)"])
            }
        }
        floor.done([attempt], now: time.monotonic())
    }
}
