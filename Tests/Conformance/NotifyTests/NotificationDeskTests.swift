import Coordination
import Domain
import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@Suite("The notification desk", .timeLimit(.minutes(1)))
struct NotificationDeskTests {
    /// Violations in memory, under a term that can be taken away.
    private final class Outbox: ViolationOutbox {
        struct State {
            var open: [Int64: (tries: Int, again: Timestamp?)] = [:]
            var notified: [Int64: Int] = [:]
            var errors: [String] = []
            var isDeposed = false
        }

        let state: Mutex<State>

        init(_ ids: Int64...) {
            state = Mutex(State(open: Dictionary(uniqueKeysWithValues: ids.map { ($0, (0, nil)) })))
        }

        func open(limit: Int, now: Timestamp) async throws(RecordError) -> [OpenViolation] {
            state.withLock { state in
                state.open.filter { ($0.value.again ?? now) <= now }.sorted { $0.key < $1.key }
                    .map { OpenViolation(row: violation(id: $0.key), tries: $0.value.tries) }
            }
        }

        func notified(_ id: Int64, term: Term, now: Timestamp) async throws(RecordError) {
            try state.withLock { state throws(RecordError) in
                if state.isDeposed { throw .deposed(term: term) }
                state.open[id] = nil
                state.notified[id, default: 0] += 1
            }
        }

        func failed(_ id: Int64, error: String, again: Timestamp, term: Term) async throws(RecordError) {
            try state.withLock { state throws(RecordError) in
                if state.isDeposed { throw .deposed(term: term) }
                state.open[id] = ((state.open[id]?.tries ?? 0) + 1, again)
                state.errors.append(error)
            }
        }
    }

    /// Counts, and fails so many times for each violation.
    private final class Ear: ViolationNotifier {
        let name: String
        private let failures: [Int64: Int]
        private let told = Mutex<[Int64: Int]>([:])

        init(_ name: String, failing: [Int64: Int] = [:]) {
            self.name = name
            failures = failing
        }

        var heard: [Int64: Int] { told.withLock { $0 } }

        func notify(_ notice: ViolationRow) async throws(NotifyError) {
            let count = told.withLock { told in
                told[notice.id, default: 0] += 1
                return told[notice.id] ?? 0
            }
            if count <= failures[notice.id] ?? 0 { throw NotifyError("deaf for the \(count). time") }
        }
    }

    private struct Leads: Leadership {
        let isLeader: Bool
        var reign: Reign? { isLeader ? Reign(role: .coordinator, term: Term(3), until: .now + .seconds(60)) : nil }
        var seen: LeaderState? { nil }
        func changes() -> AsyncStream<Reign?> { AsyncStream { $0.finish() } }
    }

    private func running(
        _ outbox: Outbox,
        _ notifiers: [any ViolationNotifier],
        isLeader: Bool = true,
        _ body: () async throws -> Void
    ) async throws {
        var log = Logger(label: "desk-tests")
        log.logLevel = .critical
        var settings = NotificationDesk.Settings()
        settings.every = .milliseconds(10)
        settings.pause = .milliseconds(20) ... .milliseconds(80)
        let desk = NotificationDesk(
            outbox: outbox,
            notifiers: notifiers,
            leadership: Leads(isLeader: isLeader),
            journal: NoJournal(),
            settings: settings,
            time: TimeSource(wall: { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }),
            log: log
        )
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [desk], logger: log))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await body()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test("everybody is told of everything once, and each is noted once")
    func told() async throws {
        let outbox = Outbox(1, 2, 3)
        let ears = [Ear("webhook"), Ear("mail")]
        try await running(outbox, ears) {
            try await eventually("all are noted") { outbox.state.withLock { $0.notified == [1: 1, 2: 1, 3: 1] } }
        }
        for ear in ears { #expect(ear.heard == [1: 1, 2: 1, 3: 1]) }
    }

    @Test("who fails is tried again, holds up no other violation, and whoever took it is not asked twice")
    func retried() async throws {
        let outbox = Outbox(1, 2)
        let (webhook, mail) = (Ear("webhook", failing: [1: 3]), Ear("mail"))
        try await running(outbox, [webhook, mail]) {
            try await eventually("all are noted") { outbox.state.withLock { $0.notified == [1: 1, 2: 1] } }
        }
        #expect(webhook.heard == [1: 4, 2: 1])
        #expect(mail.heard == [1: 1, 2: 1])
        #expect(outbox.state.withLock { $0.errors } == (1...3).map { "webhook: deaf for the \($0). time" })
    }

    @Test("who does not lead tells nobody")
    func follower() async throws {
        let outbox = Outbox(1)
        let ear = Ear("webhook")
        try await running(outbox, [ear], isLeader: false) {
            let leading = Outbox(1)
            // Another desk beside it works meanwhile: time has passed.
            try await running(leading, [Ear("webhook")]) {
                try await eventually("the leader has told") { leading.state.withLock { $0.notified == [1: 1] } }
            }
        }
        #expect(ear.heard.isEmpty)
    }

    @Test("a desk whose term is over goes on looking and notes nothing")
    func deposed() async throws {
        let outbox = Outbox(1)
        outbox.state.withLock { $0.isDeposed = true }
        let ear = Ear("webhook")
        try await running(outbox, [ear]) {
            try await eventually("it was told") { ear.heard[1] == 1 }
            outbox.state.withLock { $0.isDeposed = false }
            try await eventually("it is noted once it leads again") { outbox.state.withLock { $0.notified == [1: 1] } }
        }
        #expect(ear.heard == [1: 1])
    }
}
