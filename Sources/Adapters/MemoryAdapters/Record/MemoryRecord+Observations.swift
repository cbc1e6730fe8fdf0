package import Domain

extension MemoryRecord: ObservationRecord {
    package func note(_ markers: [OutcomeMarker], now: Timestamp) async throws(RecordError) {
        with { $0.note(markers, now: now) }
    }

    package func lastMarker(of observer: String) async throws(RecordError) -> Int64? { with { $0.lastMarker(of: observer) } }

    package func noteMadeAnew(_ queues: [ObservedQueue], now: Timestamp) async throws(RecordError) {
        with { $0.noteMadeAnew(queues, now: now) }
    }

    package func noteOvertaken(_ lane: Lane, upTo horizon: DispatchNumber, now: Timestamp) async throws(RecordError) {
        with { $0.noteOvertaken(lane, upTo: horizon, now: now) }
    }

    package func claimCases(by observer: String, for span: Duration, now: Timestamp) async throws(RecordError) -> [LossCase] {
        with { $0.claimCases(by: observer, for: span, now: now) }
    }

    package func settle(_ settled: LossCase, now: Timestamp) async throws(RecordError) {
        with { $0.settle(settled) }
    }

    package func queuedNumbers(upTo horizon: DispatchNumber?) async throws(RecordError) -> QueuedNumbers {
        with { $0.queuedNumbers(upTo: horizon) }
    }

    package func missing(
        in lane: Lane,
        upTo horizon: DispatchNumber,
        ready: Int,
        limit: Int
    ) async throws(RecordError) -> [MissingNumber] {
        with { $0.missing(in: lane, upTo: horizon, ready: ready, limit: limit) }
    }

    package func oldestBeat() async throws(RecordError) -> Timestamp? { with { $0.oldestBeat } }

    package func release(
        _ numbers: [(number: MissingNumber, answer: VoidAnswer)],
        judge: OutcomeJudge,
        now: Timestamp
    ) async throws(RecordError) -> RecordSummary {
        with { $0.release(numbers, judge: judge, now: now) }
    }
}
