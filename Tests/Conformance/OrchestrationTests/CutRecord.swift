import Domain
import Synchronization

/// A record of leaders that can be cut off.
final class CutRecord: LeaderRecord {
    private let record: any LeaderRecord
    private let cut = Mutex(false)

    init(_ record: any LeaderRecord) {
        self.record = record
    }

    var isCut: Bool {
        get { cut.withLock { $0 } }
        set { cut.withLock { $0 = newValue } }
    }

    private func check() throws(RecordError) {
        if isCut { throw .unavailable(reason: "cut off") }
    }

    func look(_ role: LeaderRole) async throws(RecordError) -> LeaderState? {
        try check()
        return try await record.look(role)
    }

    func claim(_ role: LeaderRole, for holder: String, seen: LeaderMark?, now: Timestamp) async throws(RecordError) -> Term? {
        try check()
        return try await record.claim(role, for: holder, seen: seen, now: now)
    }

    func renew(_ role: LeaderRole, by holder: String, term: Term, now: Timestamp) async throws(RecordError) -> Bool {
        try check()
        return try await record.renew(role, by: holder, term: term, now: now)
    }

    func resign(_ role: LeaderRole, by holder: String, term: Term) async throws(RecordError) {
        try check()
        try await record.resign(role, by: holder, term: term)
    }

    func listen(_ heard: @Sendable () -> Void) async { await record.listen(heard) }
}
