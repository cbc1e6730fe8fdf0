import Domain

/// Runs one attempt: lease, work, verdict.
struct Execution: Sendable {
    /// What an attempt brought home.
    struct Ending: Sendable {
        let verdict: Verdict
        var result: Payload = [:]
        var device: DeviceResult?
    }

    private let operations: [String: any Operation]
    private let desk: LeaseDesk
    private let time: TimeSource
    /// Tells that an attempt with a lease has begun.
    private let reportStarted: @Sendable (Attempt) -> Void

    init(
        operations: [String: any Operation],
        desk: LeaseDesk,
        time: TimeSource,
        reportStarted: @escaping @Sendable (Attempt) -> Void
    ) {
        self.operations = operations
        self.desk = desk
        self.time = time
        self.reportStarted = reportStarted
    }

    /// Returns when nothing of the attempt is under way any more; the lease, if it was granted, is still held.
    func run(_ attempt: Attempt) async -> Ending {
        guard let operation = operations[attempt.task.kind] else { return Ending(verdict: .deferred(Deferral(.notCapable))) }
        guard !attempt.keeper.isOver(at: time.monotonic()) else { return Ending(verdict: await tooLate(attempt)) }
        var quietGap = Duration.zero
        if let key = attempt.task.exclusionKey {
            switch await desk.claim(key, for: attempt) {
            case .notRun(let verdict): return Ending(verdict: verdict)
            case .held(let keeper, let gap):
                attempt.holds(keeper, quietUntil: time.monotonic() + gap)
                quietGap = gap
            }
        }
        if let cut = attempt.keeper.obstacle(at: time.monotonic()) {
            return Ending(verdict: .interrupted(reason: cut.words))
        }
        attempt.began(at: time)
        if attempt.keeper.hasLease { reportStarted(attempt) }
        do throws(TaskFault) {
            let yield = try await operation.run(attempt.task, in: context(of: attempt, quietGap: quietGap))
            return attempt.keeper.forfeit(at: time.monotonic()).map { Ending(verdict: $0) } ?? Self.ending(of: yield)
        } catch {
            return Ending(verdict: attempt.keeper.verdict(of: Report.kept(error)))
        }
    }

    /// A result that is too large to be kept fails the attempt for good: another run would bring the same.
    private static func ending(of yield: Yield) -> Ending {
        let weight = Report.weight(of: yield.result)
        guard weight <= Report.resultBytesMax else {
            let fault = TaskFault(
                "result_too_large",
                "the result has about \(weight) bytes, \(Report.resultBytesMax) are kept",
                retryable: false
            )
            return Ending(verdict: .failed(fault))
        }
        return Ending(verdict: .succeeded, result: yield.result, device: yield.device)
    }

    /// Its time was over before its start: the number is given up, and the orchestrator judges.
    private func tooLate(_ attempt: Attempt) async -> Verdict {
        let verdict = Verdict.interrupted(reason: RunKeeper.Cut.deadline.words)
        guard let key = attempt.task.exclusionKey else { return verdict }
        switch await desk.hand(key, for: attempt, reason: .handedBack) {
        case .seen(let seen): return .seen(seen)
        case .started, .succeeded, .failed, .deferred, .interrupted, .suspect: return verdict
        }
    }

    private func context(of attempt: Attempt, quietGap: Duration) -> RunContext {
        RunContext(
            permission: SendPermission(
                number: attempt.keeper.hasLease ? attempt.task.number : nil,
                refusal: { attempt.keeper.refusal(at: $0) },
                progress: { attempt.moved(by: $0) }
            ),
            quietGap: quietGap,
            time: time,
            sleep: Self.sleep
        )
    }

    @Sendable
    private static func sleep(_ span: Duration) async throws(CancellationError) {
        guard span > .zero else {
            guard !Task.isCancelled else { throw CancellationError() }
            return
        }
        do {
            try await Task.sleep(for: span)
        } catch {
            throw CancellationError()
        }
    }
}
