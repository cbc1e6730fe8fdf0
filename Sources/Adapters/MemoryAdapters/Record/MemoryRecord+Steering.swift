package import Domain

extension MemoryRecord: TaskSteering, CancelledRuns {
    package func end(_ ids: [TaskID], as ending: Ending, now: Timestamp) async throws(RecordError) -> EndingReport {
        with { $0.end(ids, as: ending, now: now) }
    }

    package func endOverdue(limit: Int, now: Timestamp) async throws(RecordError) -> EndingReport {
        with { $0.endOverdue(limit: limit, now: now) }
    }

    package func reprioritize(
        _ id: TaskID,
        to priority: Priority,
        voided: DispatchNumber?,
        now: Timestamp
    ) async throws(RecordError) -> MoveAnswer {
        with { $0.reprioritize(id, to: priority, voided: voided, now: now) }
    }

    package func age(every interval: Duration, limit: Int, now: Timestamp) async throws(RecordError) -> Int {
        with { $0.age(every: interval, limit: limit, now: now) }
    }

    package func recall(limit: Int, now: Timestamp) async throws(RecordError) -> Int { with { $0.recall(limit: limit, now: now) } }

    package func cancelledRuns(since: Timestamp) async throws(RecordError) -> [CancelledRun] {
        with { $0.cancelledRuns(since: since) }
    }
}
