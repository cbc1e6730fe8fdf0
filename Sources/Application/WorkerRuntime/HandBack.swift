import Domain

/// Hands deliveries back that were not started: the number is given up first, then *deferred* (or *seen*) is reported.
///
/// Never by returning the message to its queue: each return counts against the delivery limit.
final class HandBack: Sendable {
    private let desk: LeaseDesk
    private let report: @Sendable (Attempt, Verdict) -> Void
    private let keyed: AsyncStream<(Attempt, Deferral.Reason)>
    private let line: AsyncStream<(Attempt, Deferral.Reason)>.Continuation

    init(desk: LeaseDesk, report: @escaping @Sendable (Attempt, Verdict) -> Void) {
        self.desk = desk
        self.report = report
        // Bounded by what the worker has in hand.
        (keyed, line) = AsyncStream.makeStream()
    }

    func give(_ attempt: Attempt, _ reason: Deferral.Reason) {
        if attempt.task.exclusionKey == nil {
            report(attempt, .deferred(Deferral(reason)))
        } else {
            line.yield((attempt, reason))
        }
    }

    /// Runs until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await (attempt, reason) in keyed {
                guard let key = attempt.task.exclusionKey else { continue }
                group.addTask {
                    self.report(attempt, await self.desk.hand(key, for: attempt, reason: reason))
                }
            }
        }
    }
}
