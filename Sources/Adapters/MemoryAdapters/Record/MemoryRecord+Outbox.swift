package import Domain

extension MemoryRecord: ViolationOutbox {
    package func open(limit: Int, now: Timestamp) async throws(RecordError) -> [OpenViolation] {
        with { $0.coordination.open(limit: limit, now: now) }
    }

    package func notified(_ id: Int64, term: Term, now: Timestamp) async throws(RecordError) {
        try with { model throws(RecordError) in
            guard model.leaders.holds(.coordinator, term) else { throw .deposed(term: term) }
            model.coordination.notified(id, now: now)
        }
    }

    package func failed(_ id: Int64, error: String, again: Timestamp, term: Term) async throws(RecordError) {
        try with { model throws(RecordError) in
            guard model.leaders.holds(.coordinator, term) else { throw .deposed(term: term) }
            model.coordination.failed(id, error: error, again: again)
        }
    }
}
