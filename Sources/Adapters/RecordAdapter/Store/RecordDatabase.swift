package import Domain
package import Logging
package import Postgres

/// The database behind the records: lends connections, repeats what only lost a race, and says what errors mean.
package struct RecordDatabase: Sendable {
    /// Tries of a transaction that the server gives up for the sake of another one.
    private static let triesMax = 5

    private let pool: PostgresPool
    private let log: Logger

    package init(pool: PostgresPool, log: Logger) {
        self.pool = pool
        self.log = log
    }

    /// Runs `body` in a transaction.
    func write<Answer>(
        _ operation: String,
        _ body: (PostgresConnection) async throws(PostgresError) -> Answer
    ) async throws(RecordError) -> Answer {
        try await untilWon(operation) { () async throws(PostgresError) in try await pool.withTransaction(body) }
    }

    /// Runs `body` in a transaction that commits only while the leader's term is the current one.
    ///
    /// - Throws: `.deposed` when it is not: `body` did not run.
    package func write<Answer>(
        _ operation: String,
        under leader: LeaderGuard,
        _ body: (PostgresConnection) async throws(PostgresError) -> Answer
    ) async throws(RecordError) -> Answer {
        let answer: Answer? = try await write(operation) { connection throws(PostgresError) in
            guard try await leader.holds(on: connection) else { return nil }
            return try await body(connection)
        }
        guard let answer else { throw .deposed(term: leader.term) }
        return answer
    }

    /// Runs one writing statement in a transaction of its own, in one round trip.
    func write(_ operation: String, _ sql: String, _ parameters: [PostgresValue]) async throws(RecordError) -> PostgresResult {
        let results = try await untilWon(operation) { () async throws(PostgresError) in
            try await pool.pipeline([(sql, parameters)], transaction: true)
        }
        guard let result = results.first else { throw .refused(operation: operation, message: "the statement gave no result") }
        return result
    }

    /// Runs statements that change nothing.
    func read<Answer>(
        _ operation: String,
        _ body: (PostgresConnection) async throws(PostgresError) -> Answer
    ) async throws(RecordError) -> Answer {
        try await untilWon(operation) { () async throws(PostgresError) in try await pool.withConnection(body) }
    }

    private func untilWon<Answer>(
        _ operation: String,
        _ body: () async throws(PostgresError) -> Answer
    ) async throws(RecordError) -> Answer {
        var tries = 1
        while true {
            do throws(PostgresError) {
                return try await body()
            } catch {
                guard error.isLostRace, tries < Self.triesMax else { throw RecordError(error, during: operation) }
                tries += 1
                log.debug("a transaction lost a race, repeating it", metadata: ["operation": "\(operation)", "error": "\(error)"])
            }
        }
    }
}

extension PostgresError {
    /// Serialization failure or deadlock: the whole transaction again.
    fileprivate var isLostRace: Bool { sqlState == "40001" || sqlState == "40P01" }

    /// Whether the server is away or short of something, rather than against the statement.
    fileprivate var isPassing: Bool {
        switch self {
        case .refused, .timedOut, .closed, .poolExhausted, .tooManyWaiting, .cancelled: true
        case .badEndpoint, .commitUnknown, .decoding, .abandoned, .invalidRequest: false
        case .server(let sqlState, _, _, _):
            // Connection, rolled back, resources, not in the right state now, ended by an operator, system; read-only, as during a failover.
            ["08", "40", "53", "55", "57", "58"].contains(sqlState.prefix(2)) || sqlState == "25006"
        }
    }
}

extension RecordError {
    init(_ error: PostgresError, during operation: String) {
        if case .commitUnknown = error {
            self = .commitUnknown
        } else if error.isPassing {
            self = .unavailable(reason: "\(operation): \(error)")
        } else if error.isConflict {
            self = .conflict(what: "\(operation): \(error)")
        } else {
            self = .refused(operation: operation, message: "\(error)")
        }
    }
}
