import Foundation

/// One fault of the matrix: what is done when, and what must come of it.
struct FaultRow: Sendable {
    /// As in the matrix of faults, `F03`.
    let id: String
    let fault: String
    let when: String
    let expected: String
    /// What the time to recover is counted from and to.
    let measure: String
    let target: Duration
    let shape: FaultShape
    /// Injects, heals and measures; what it finds wrong goes into the findings.
    let play: @Sendable (FaultStage) async throws -> Void
}

/// What takes part in a row.
struct FaultShape: Sendable {
    /// Connections that go through a fault proxy.
    enum Route: Hashable, Sendable {
        case broker
        case redis
        case postgres
    }

    var orchestrators = 1
    var workers = 2
    var slots = "general=8,network=8"
    /// Processes whose broker connection is proxied; each has a proxy of its own.
    var proxied: Set<Route> = []
    /// Simulated OLTs: the first is kept for the row's own task, the others carry load.
    var olts = 4
    /// Whether plain and keyed tasks flow all the time.
    var isLoaded = true
    /// The first success that counts is one of a task with a key.
    var recoversKeyed = false
    /// The row counts letters by itself.
    var hasLetters = false
    /// Settings besides those of every row.
    var environment: [String: String] = [:]
    /// Workers that are frozen: each may leave one stray request.
    var frozenWorkers = 0
}

/// What came of a row.
struct FaultVerdict: Codable, Sendable {
    let id: String
    let fault: String
    let when: String
    let expected: String
    let measure: String
    /// Empty when all was as promised.
    let problems: [String]
    let recoverySeconds: Double?
    let targetSeconds: Double
    let accepted: Int
    let lost: Int
    /// Tasks with more than one recorded end.
    let doubleEnds: Int
    /// Runs beyond one for each task that the budget was not charged for and nobody deferred.
    let ranAgain: Int
    /// What was checked, with what was seen.
    let checks: [String]
    let tookSeconds: Double

    var isGood: Bool { problems.isEmpty }
}
