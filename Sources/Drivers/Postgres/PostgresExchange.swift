internal import CLibPQ
internal import Reactor

/// One round trip under way: what was sent, what came back, who waits.
///
/// Lives on the reactor thread.
struct PostgresExchange {
    typealias Outcome = Result<[PostgresResult], PostgresError>

    /// One answer the server owes, in the order of sending.
    enum Owed {
        /// The preparation of a statement under this name.
        case preparation(StatementKey, name: String)
        case statement(StatementKey, isBracket: Bool)
        /// The simple protocol: as many results as the text has statements.
        case script
    }

    enum Cancel {
        case notAsked
        /// PQcancel is on its way on another thread.
        case underWay
        case sent
    }

    let number: UInt64
    let name: String
    let commits: Bool
    let continuation: CheckedContinuation<Outcome, Never>
    var owed: [Owed] = []
    var deadline: TimerToken?
    var cancel = Cancel.notAsked
    /// Everything owed has come.
    private(set) var isAnswered = false
    private(set) var error: PostgresError?
    private var position = 0
    private var results: [PostgresResult] = []

    init(number: UInt64, name: String, commits: Bool, continuation: CheckedContinuation<Outcome, Never>) {
        self.number = number
        self.name = name
        self.commits = commits
        self.continuation = continuation
    }

    /// Takes one result of the library.
    mutating func take(_ result: ResultHandle, into cache: inout StatementCache) {
        switch result.status {
        case PGRES_PIPELINE_SYNC: isAnswered = true
        case PGRES_PIPELINE_ABORTED: break
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: keep(result, into: &cache)
        default: fail(result, in: &cache)
        }
    }

    /// Takes the end of one statement's results.
    mutating func takeEnd() {
        if case .script? = current { isAnswered = true }
        position += 1
    }

    /// What the caller gets.
    var outcome: Outcome {
        guard let error else { return .success(results) }
        // 57014 is query_canceled: by us, or by the statement timeout.
        return .failure(cancel != .notAsked && error.sqlState == "57014" ? .cancelled : error)
    }

    private var current: Owed? { position < owed.count ? owed[position] : nil }

    private mutating func keep(_ result: ResultHandle, into cache: inout StatementCache) {
        switch current {
        case .preparation(let key, let name): cache.keep(key, as: name)
        case .statement(_, isBracket: false): results.append(PostgresResult(handle: result))
        case .statement(_, isBracket: true):
            // A transaction that had failed before answers COMMIT with ROLLBACK.
            if commits, position == owed.count - 1, result.tag == "ROLLBACK" {
                error = error ?? .abandoned(reason: "an earlier statement of the transaction had failed")
            }
        case .script, nil: break
        }
    }

    private mutating func fail(_ result: ResultHandle, in cache: inout StatementCache) {
        let failure = result.error
        error = error ?? failure
        guard case .statement(let key, _)? = current, failure.sqlState == "26000" || failure.sqlState == "0A000" else { return }
        cache.forget(key)
    }
}
