package import Domain
import Synchronization

extension MemoryRecord: LeaderRecord {
    package func look(_ role: LeaderRole) async throws(RecordError) -> LeaderState? { with { $0.leaders.look(role) } }

    package func claim(
        _ role: LeaderRole,
        for holder: String,
        seen: LeaderMark?,
        now: Timestamp
    ) async throws(RecordError) -> Term? {
        let term = with { $0.leaders.claim(role, for: holder, seen: seen, now: now) }
        if term != nil { leaderNews.tell() }
        return term
    }

    package func renew(_ role: LeaderRole, by holder: String, term: Term, now: Timestamp) async throws(RecordError) -> Bool {
        with { $0.leaders.renew(role, by: holder, term: term, now: now) }
    }

    package func resign(_ role: LeaderRole, by holder: String, term: Term) async throws(RecordError) {
        if with({ $0.leaders.resign(role, by: holder, term: term) }) { leaderNews.tell() }
    }

    package func listen(_ heard: @Sendable () -> Void) async {
        for await _ in leaderNews.stream() { heard() }
    }
}

/// Tells everybody who listens that something happened.
final class MemoryNews: Sendable {
    private struct Listeners {
        var last = 0
        var all: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private let listeners = Mutex(Listeners())

    func tell() {
        for listener in listeners.withLock({ Array($0.all.values) }) { listener.yield() }
    }

    func stream() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = listeners.withLock { listeners in
            listeners.last += 1
            listeners.all[listeners.last] = continuation
            return listeners.last
        }
        continuation.onTermination = { _ in self.listeners.withLock { $0.all[number] = nil } }
        return stream
    }
}
