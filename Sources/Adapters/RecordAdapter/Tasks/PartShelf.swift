import Domain
import Postgres
import Wire

/// Parts of large results, staged by number until their outcome is recorded.
struct PartShelf: Sendable {
    let connection: PostgresConnection

    static func stage(_ part: OutcomePart, now: Timestamp) -> (sql: String, parameters: [PostgresValue]) {
        (
            """
            insert into outcome_parts (number, index, body, staged_at) values ($1, $2, $3, $4) on conflict (number, index) do nothing
            """,
            [.int64(part.number.value), .int32(Int32(part.index)), .bytes(OutcomeCodec.encode(.part(part))), .time(now)]
        )
    }

    func parts(of outcomes: [Outcome]) async throws(PostgresError) -> StagedParts {
        let numbers = outcomes.filter { $0.parts > 0 }.map(\.number)
        guard !numbers.isEmpty else { return StagedParts(byNumber: [:]) }
        let found = try await connection.query(
            "select body from outcome_parts where number = any($1) order by number, index",
            [.numbers(numbers)]
        )
        let parts = try found.rows.read { row throws(PostgresError) in try Self.decode(try row.bytes()) }
        return StagedParts(byNumber: Dictionary(grouping: parts, by: \.number))
    }

    func drop(_ numbers: [DispatchNumber]) async throws(PostgresError) {
        guard !numbers.isEmpty else { return }
        _ = try await connection.query("delete from outcome_parts where number = any($1)", [.numbers(numbers)])
    }

    private static func decode(_ bytes: [UInt8]) throws(PostgresError) -> OutcomePart {
        switch OutcomeCodec.decode(bytes, contentType: WireFormat.protobuf.contentType) {
        case .success(.part(let part)): return part
        case .success(.outcomes), .success(.marker): throw .decoding(column: "body", reason: "it is not a part")
        case .failure(let fault): throw .decoding(column: "body", reason: fault.text)
        }
    }
}

/// The parts that were staged for a batch of outcomes.
struct StagedParts: Sendable {
    let byNumber: [DispatchNumber: [OutcomePart]]

    /// The outcome with its parts' observations in place; a success whose parts are not all here is a failure that may be tried again.
    func complete(_ outcome: Outcome) -> Outcome {
        guard outcome.parts > 0, outcome.verdict == .succeeded else { return outcome }
        let parts = byNumber[outcome.number, default: []]
        guard Set(parts.map(\.index)).count >= outcome.parts else {
            let fault = TaskFault("parts_missing", "\(parts.count) of \(outcome.parts) parts of the result arrived", retryable: true)
            return outcome.changed(verdict: .failed(fault), device: nil)
        }
        var device = outcome.device
        device?.observations = parts.flatMap(\.observations) + (outcome.device?.observations ?? [])
        return outcome.changed(verdict: outcome.verdict, device: device)
    }
}

extension Outcome {
    /// What is recorded in the place of an outcome that the database refuses: the task is dead, and the letter holds the bytes.
    func unrecordable(because message: String, now: Timestamp) -> Outcome {
        let fault = TaskFault("unrecordable", "the outcome could not be recorded: \(message.withoutZero)", retryable: false)
        return Outcome(
            task: task,
            number: number,
            attempt: attempt,
            worker: WorkerID(worker.text.withoutZero),
            run: run,
            verdict: .failed(fault),
            startedAt: nil,
            finishedAt: now
        )
    }
}

extension String {
    /// PostgreSQL has no U+0000 in a text; the replacement character stands in for it.
    var withoutZero: String {
        guard utf8.contains(0) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 }))
    }
}
