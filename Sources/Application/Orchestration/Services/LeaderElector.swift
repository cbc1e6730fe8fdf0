package import Domain
package import Logging
import ServiceLifecycle
import Synchronization

/// Stands for election to a role until it is shut down, and resigns then.
///
/// In a group of services it comes before those that write under its term: they have stopped when it resigns.
package final class LeaderElector: Service, Leadership {
    package struct Settings: Hashable, Sendable {
        /// How long a leader may be silent before another takes over, 1 s…60 s; it trusts itself for this less one pause.
        package var span: Duration = .seconds(8)
        /// Pause between renewals, 50 ms…15 s and at most a quarter of the span.
        package var renewEvery: Duration = .seconds(2)

        package init() {}

        package func validated() throws(SettingFault) -> Settings {
            try SettingFault.check("leader.span", span, in: .seconds(1) ... .seconds(60))
            try SettingFault.check("leader.renewEvery", renewEvery, in: .milliseconds(50)...(span / 4))
            return self
        }

        /// A follower looks twice as often as a leader renews.
        var election: LeaderElection.Settings {
            var election = LeaderElection.Settings()
            election.span = span
            election.renewEvery = renewEvery
            election.lookEvery = renewEvery / 2
            return election
        }
    }

    private struct Shared {
        var election: LeaderElection
        var seen: LeaderState?
        /// What was told last.
        var told: Term?
        var listeners: [Int: AsyncStream<Reign?>.Continuation] = [:]
        var lastListener = 0
        /// The record did not answer last time.
        var isFailing = false
    }

    private let role: LeaderRole
    private let record: any LeaderRecord
    private let holder: String
    private let time: TimeSource
    private let log: Logger
    private let shared: Mutex<Shared>
    /// Ends the pause before the next request.
    private let requestBell = Bell()
    /// Ends the wait for the end of what is trusted.
    private let trustBell = Bell()

    /// - Parameters:
    ///   - role: what is led.
    ///   - record: over a connection that nobody else can use up.
    ///   - holder: a name that no other process has or had.
    ///   - settings: spans.
    ///   - time: clocks.
    ///   - log: for changes.
    /// - Throws: spans out of their ranges.
    package init(
        _ role: LeaderRole,
        record: any LeaderRecord,
        holder: String,
        settings: Settings,
        time: TimeSource,
        log: Logger
    ) throws(SettingFault) {
        let settings = try settings.validated()
        self.role = role
        self.record = record
        self.holder = holder
        self.time = time
        self.log = log
        shared = Mutex(
            Shared(election: LeaderElection(role: role, holder: holder, settings: settings.election, now: time.monotonic()))
        )
    }

    package var reign: Reign? {
        let now = time.monotonic()
        return shared.withLock { $0.election.reign(at: now) }
    }

    package var seen: LeaderState? { shared.withLock(\.seen) }

    package func changes() -> AsyncStream<Reign?> {
        let (stream, continuation) = AsyncStream.makeStream(of: Reign?.self, bufferingPolicy: .bufferingNewest(1))
        let now = time.monotonic()
        let number = shared.withLock { shared in
            shared.lastListener += 1
            shared.listeners[shared.lastListener] = continuation
            // Under the lock, so that a change that comes right after it is not overwritten by it.
            continuation.yield(shared.election.reign(at: now))
            return shared.lastListener
        }
        continuation.onTermination = { _ in self.shared.withLock { $0.listeners[number] = nil } }
        return stream
    }

    /// Runs until a graceful shutdown, resigns, and ends the streams of changes.
    package func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.stand() }
            group.addTask { await self.watchTrust() }
            group.addTask { await self.record.listen { self.heard() } }
            // Cancelled or shut down: either way it is over.
            try? await gracefulShutdown()
            group.cancelAll()
        }
        await resign()
        for listener in shared.withLock({ Array($0.listeners.values) }) { listener.finish() }
    }

    // MARK: Requests

    private func stand() async {
        while !Task.isCancelled {
            let now = time.monotonic()
            switch shared.withLock({ $0.election.tick(now: now) }) {
            case .wait(let until): await requestBell.sleep(atMost: until - now)
            case .none: return
            case .look:
                await ask { () async throws(RecordError) in
                    let found = try await record.look(role)
                    shared.withLock { shared in
                        shared.seen = found
                        shared.election.looked(found, now: time.monotonic())
                    }
                }
            case .claim(let seen):
                await ask { () async throws(RecordError) in
                    let term = try await record.claim(role, for: holder, seen: seen, now: time.wall())
                    shared.withLock { $0.election.claimed(term, sentAt: now) }
                    if let term { noteOwn(term, renewals: 0) }
                }
            case .renew(let term):
                await ask { () async throws(RecordError) in
                    let isOurs = try await record.renew(role, by: holder, term: term, now: time.wall())
                    shared.withLock { $0.election.renewed(isOurs, sentAt: now) }
                    if isOurs { noteOwn(term, renewals: 1) }
                }
            }
            tell()
        }
    }

    private func ask(_ request: () async throws(RecordError) -> Void) async {
        do throws(RecordError) {
            try await request()
            let wasFailing = shared.withLock { shared in
                defer { shared.isFailing = false }
                return shared.isFailing
            }
            if wasFailing { log.notice("the election goes on: the record answers again", metadata: metadata) }
        } catch {
            guard !Task.isCancelled else { return }
            let now = time.monotonic()
            let wasFailing = shared.withLock { shared in
                shared.election.failed(now: now)
                defer { shared.isFailing = true }
                return shared.isFailing
            }
            guard !wasFailing else { return }
            log.warning("the election waits: the record does not answer", metadata: metadata(and: [LogKey.error: "\(error)"]))
        }
    }

    /// What a look would show now, without looking.
    private func noteOwn(_ term: Term, renewals: Int64) {
        let now = time.wall()
        shared.withLock { shared in
            let before = shared.seen.flatMap { $0.term == term && $0.holder == holder ? $0 : nil }
            shared.seen = LeaderState(
                role: role,
                mark: LeaderMark(term: term, renewals: (before?.mark.renewals ?? 0) + renewals),
                holder: holder,
                beganAt: before?.beganAt ?? now,
                renewedAt: now
            )
        }
    }

    private func heard() {
        let now = time.monotonic()
        shared.withLock { $0.election.heard(now: now) }
        requestBell.ring()
    }

    private func resign() async {
        guard let term = shared.withLock({ $0.election.resign() }) else { return }
        tell()
        do throws(RecordError) {
            try await record.resign(role, by: holder, term: term)
            log.notice("resigned", metadata: metadata(and: [LogKey.term: "\(term)"]))
        } catch {
            let said = metadata(and: [LogKey.term: "\(term)", LogKey.error: "\(error)"])
            log.warning("could not resign: the next leader waits for the span", metadata: said)
        }
    }

    // MARK: Changes

    /// Tells the end of a reign that no answer came to confirm.
    private func watchTrust() async {
        while !Task.isCancelled {
            tell()
            let now = time.monotonic()
            let reign = shared.withLock { $0.election.reign(at: now) }
            await trustBell.sleep(atMost: reign.map { $0.until - now } ?? .seconds(3600))
        }
    }

    private func tell() {
        let now = time.monotonic()
        let change: (before: Term?, after: Reign?)? = shared.withLock { shared in
            let reign = shared.election.reign(at: now)
            guard reign?.term != shared.told else { return nil }
            defer { shared.told = reign?.term }
            for listener in shared.listeners.values { listener.yield(reign) }
            return (shared.told, reign)
        }
        guard let change else { return }
        trustBell.ring()
        if let reign = change.after {
            log.notice("leads", metadata: metadata(and: [LogKey.term: "\(reign.term)"]))
        } else if let term = change.before {
            log.notice("does not lead any more", metadata: metadata(and: [LogKey.term: "\(term)"]))
        }
    }

    private var metadata: Logger.Metadata { metadata(and: [:]) }

    private func metadata(and more: Logger.Metadata) -> Logger.Metadata {
        [LogKey.role: "\(role.rawValue)", LogKey.holder: "\(holder)"].merging(more) { _, new in new }
    }
}
