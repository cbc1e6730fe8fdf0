import Domain
import Logging
import Synchronization

/// Publishes outcomes, waits for the confirm, then settles the deliveries, then lets the leases go.
final class Reporter: Sendable {
    private let broker: any WorkerBroker
    private let floor: WorkFloor
    private let returns: LeaseReturns
    private let time: TimeSource
    private let settings: WorkerSettings.Report
    private let log: Logger
    private let queue: Mutex<ReportQueue>
    private let isClosed = Atomic(false)
    private let wake: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init(broker: any WorkerBroker, floor: WorkFloor, returns: LeaseReturns, time: TimeSource, settings: WorkerSettings.Report, log: Logger)
    {
        self.broker = broker
        self.floor = floor
        self.returns = returns
        self.time = time
        self.settings = settings
        self.log = log
        queue = Mutex(ReportQueue(settings: settings))
        (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Queues an outcome; its delivery is settled once it is confirmed.
    func add(_ reports: [Report]) {
        let mayLeave = queue.withLock { queue in
            let wasIdle = queue.isIdle
            for report in reports { queue.add(report) }
            return wasIdle || queue.count >= settings.batchMax
        }
        if mayLeave { waker.yield() }
    }

    /// Gives up what is not confirmed: the worker has stopped.
    func close() {
        isClosed.store(true, ordering: .releasing)
    }

    /// Publishes one part of a large result and waits until it is confirmed.
    ///
    /// - Returns: false when it was given up because the worker has stopped.
    func send(_ part: OutcomePart) async -> Bool {
        await publish { .part(part) }
    }

    /// Runs until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await _ in wake {
                while let batch = queue.withLock({ $0.next() }) {
                    group.addTask { await self.carry(batch) }
                }
            }
        }
    }

    /// Carries a message to its confirm, then the next one that may leave.
    private func carry(_ first: [Report]) async {
        var next: [Report]? = first
        while let batch = next, !Task.isCancelled {
            let isTold = await publish { [self] in
                let kept = stillToTell(batch)
                return kept.isEmpty ? nil : .outcomes(kept.map(\.outcome))
            }
            // Given up: the deliveries stay unsettled, the broker gives them to somebody else.
            guard isTold else { return }
            await settle(batch)
            next = queue.withLock { queue in
                queue.confirmed()
                return queue.next()
            }
        }
    }

    /// Publishes until it is confirmed, with pauses between; the message is made anew each time, `nil`: nothing is left to tell.
    ///
    /// - Returns: false when it was given up because the worker has stopped.
    private func publish(_ message: () -> OutcomeMessage?) async -> Bool {
        var failures = 0
        while !Task.isCancelled, !isClosed.load(ordering: .acquiring) {
            guard let message = message() else { return true }
            let answer = await broker.report(message)
            guard answer != .confirmed else { return true }
            failures += 1
            log.debug(
                "outcomes are not confirmed and published again",
                metadata: [LogKey.answer: "\(answer)", LogKey.failures: "\(failures)"]
            )
            var chance = SystemRandomNumberGenerator()
            let bound = settings.again.bound(after: failures)
            do {
                try await Task.sleep(for: bound / 2 + .microseconds(Int64.random(in: 0...bound.microseconds / 2, using: &chance)))
            } catch {
                return false
            }
        }
        return false
    }

    /// A plain delivery that never started and whose connection is gone is the broker's again: nothing is told about it.
    private func stillToTell(_ batch: [Report]) -> [Report] {
        let plain = batch.compactMap { report in report.isUnstartedPlain ? report.attempt : nil }
        guard !plain.isEmpty, floor.canSettle(plain).contains(false) else { return batch }
        return batch.filter { report in
            guard report.isUnstartedPlain, let attempt = report.attempt else { return true }
            return floor.canSettle([attempt]) == [true]
        }
    }

    private func settle(_ batch: [Report]) async {
        let ended = batch.compactMap(\.attempt)
        guard !ended.isEmpty else { return }
        let mayReject = batch.contains(where: \.isDead) ? await !broker.deadQueueIsNearlyFull() : false
        var acknowledged: [DeliveryHandle] = []
        var rejected: [DeliveryHandle] = []
        for (report, canSettle) in zip(batch.filter { $0.attempt != nil }, floor.canSettle(ended)) where canSettle {
            guard let handle = report.attempt?.delivery.handle else { continue }
            if report.isDead, mayReject { rejected.append(handle) } else { acknowledged.append(handle) }
        }
        if !acknowledged.isEmpty { broker.settle(acknowledged, .acknowledge) }
        if !rejected.isEmpty { broker.settle(rejected, .reject) }
        let holding = ended.filter(\.keeper.hasLease)
        floor.done(holding.isEmpty ? ended : ended.filter { !$0.keeper.hasLease }, now: time.monotonic())
        for attempt in holding { returns.give(attempt) }
    }
}

extension Report {
    /// A delivery without a key that was not run.
    fileprivate var isUnstartedPlain: Bool {
        guard let attempt else { return false }
        return attempt.task.exclusionKey == nil && outcome.startedAt == nil
    }
}
