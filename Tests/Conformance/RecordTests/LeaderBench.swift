import Domain
import Postgres
import RecordAdapter
import Synchronization

extension Bench {
    /// The smallest write that needs a term: the tick of a coordinator.
    func writeTick(under leader: LeaderGuard, holder: String, before commit: () async -> Void = {}) async throws(RecordError) {
        try await database.write("write a tick", under: leader) { connection throws(PostgresError) in
            _ = try await connection.query(
                """
                insert into coordinator_ticks (term, holder, at, took, olts) values ($1, $2, now(), 0, 0)
                on conflict (singular) do update set term = excluded.term, holder = excluded.holder
                """,
                [.int64(leader.term.value), .text(holder)]
            )
            await commit()
        }
    }
}

/// What a leader does to be heard.
enum LeaderTurn: Sendable {
    case comes, leaves
}

extension Bench {
    /// Lets `a` take over or resign; before it leaves it comes, if nobody leads.
    func turn(_ turn: LeaderTurn) async throws -> Bool {
        guard let state = try await leaders.look(.coordinator) else { return false }
        if state.holder == nil { _ = try await leaders.claim(.coordinator, for: "a", seen: state.mark, now: now) }
        guard turn == .leaves, let term = try await leaders.look(.coordinator)?.term else { return turn == .comes }
        try await leaders.resign(.coordinator, by: "a", term: term)
        return true
    }
}

/// How often something was heard.
final class Heard: Sendable {
    private let noted = Mutex(0)

    var count: Int { noted.withLock { $0 } }

    func note() { noted.withLock { $0 += 1 } }
}

/// Where one waits inside until another opens.
actor Gate {
    private var hasArrived = false
    private var isOpen = false
    private var inside: CheckedContinuation<Void, Never>?
    private var outside: CheckedContinuation<Void, Never>?

    func arrive() async {
        hasArrived = true
        outside.take()?.resume()
        guard !isOpen else { return }
        await withCheckedContinuation { inside = $0 }
    }

    func untilArrived() async {
        guard !hasArrived else { return }
        await withCheckedContinuation { outside = $0 }
    }

    func open() {
        isOpen = true
        inside.take()?.resume()
    }
}
