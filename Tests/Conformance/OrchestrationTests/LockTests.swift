import Domain
import Orchestration
import TestSupport
import Testing

@Suite("Locks", .timeLimit(.minutes(2)))
struct LockTests {
    private func order(_ name: String, _ holder: String = "ada", ttl: Duration = .seconds(30), wait: Duration = .zero) throws -> LockOrder {
        LockOrder(name: try #require(LockName(name)), holder: try #require(AuditActor(holder)), ttl: ttl, wait: wait)
    }

    private func held(_ answer: LockAnswer) throws -> HeldLock {
        guard case .held(let lock) = answer else { throw NotThere("the lock: \(answer)") }
        return lock
    }

    private func standing(_ answer: LockAnswer) throws -> StandingLock {
        guard case .refused(let other) = answer else { throw NotThere("the refusal: \(answer)") }
        return other
    }

    @Test("a lock has one holder; another is told who and until when, and gets a larger fence when it is given back")
    func oneHolder() async throws {
        try await Harness.run { harness in
            let first = try held(try await harness.desk.acquire(try order("backup")))
            let refused = try standing(try await harness.desk.acquire(try order("backup", "bob")))
            #expect(refused.holder == "ada")
            #expect(refused.fence == first.fence)
            #expect(refused.until != nil)

            #expect(try await harness.desk.release(first.name, fence: first.fence, token: first.token) == nil)
            let second = try held(try await harness.desk.acquire(try order("backup", "bob")))
            #expect(second.fence > first.fence)
            #expect(second.token != first.token)
        }
    }

    @Test("a renewal or release with a wrong fence or token is refused with what is held, and changes nothing")
    func wrongToken() async throws {
        try await Harness.run { harness in
            let lock = try held(try await harness.desk.acquire(try order("backup")))
            let wrong = RunToken(lock.token.value &+ 1)
            let ttl = Duration.seconds(30)
            let renewal = try await harness.desk.renew(lock.name, fence: lock.fence, token: wrong, ttl: ttl, holder: nil)
            #expect(try standing(renewal).holder == "ada")
            let older = DispatchNumber(lock.fence.value - 1)
            let stale = try await harness.desk.renew(lock.name, fence: older, token: lock.token, ttl: ttl, holder: nil)
            #expect(try standing(stale).fence == lock.fence)
            #expect(try await harness.desk.release(lock.name, fence: lock.fence, token: wrong)?.fence == lock.fence)
            let kept = try await harness.desk.renew(lock.name, fence: lock.fence, token: lock.token, ttl: ttl, holder: "ada")
            #expect(try held(kept).fence == lock.fence)
        }
    }

    @Test("a lock named like a task's key does not meet it")
    func prefix() async throws {
        try await Harness.run { harness in
            let key = try #require(ExclusionKey("olt:17"))
            let number = DispatchNumber(7)
            #expect(try await harness.leases.take(key, number, run: RunToken(1), span: .seconds(30)) == .granted(quietGap: .zero))
            let lock = try held(try await harness.desk.acquire(try order("olt:17")))
            #expect(ExclusionKey(lock.name).text == "lock:olt:17")
            #expect(try await harness.desk.lease(key)?.lease.number == number)
        }
    }

    @Test("who waits gets the lock when it is given back")
    func waits() async throws {
        try await Harness.run { harness in
            let first = try held(try await harness.desk.acquire(try order("backup")))
            async let second = harness.desk.acquire(try order("backup", "bob", wait: .seconds(20)))
            try await eventually("the second one has asked") { try await harness.desk.leaseAsked(first) }
            #expect(try await harness.desk.release(first.name, fence: first.fence, token: first.token) == nil)
            #expect(try held(try await second).fence > first.fence)
        }
    }

    @Test("a lock that is held for longer than the store's barrier is refused to others even when the store forgot it")
    func longLocks() async throws {
        try await Harness.run { harness in
            let long = try held(try await harness.desk.acquire(try order("migration", ttl: .seconds(600))))
            harness.leases.forget()
            let refused = try standing(try await harness.desk.acquire(try order("migration", "bob")))
            #expect(refused.holder == "ada")
            #expect(refused.fence == long.fence)

            let short = try held(try await harness.desk.acquire(try order("backup", ttl: .seconds(10))))
            harness.leases.forget()
            #expect(try held(try await harness.desk.acquire(try order("backup", "bob"))).fence > short.fence)
        }
    }

    @Test("a release by force is written down before it is done, ends the renewals, and leaves the holder its own end")
    func force() async throws {
        try await Harness.run { harness in
            let lock = try held(try await harness.desk.acquire(try order("backup")))
            let key = ExclusionKey(lock.name)
            let actor = try #require(AuditActor("local:eve"))
            guard case .barred(let number, let holder, let left) = try await harness.desk.forceRelease(key, by: actor) else {
                throw NotThere("the lease")
            }
            #expect(number == lock.fence)
            #expect(holder == "ada")
            #expect(left > .seconds(20))
            let entry = try #require(try await harness.desk.auditEntries(AuditFilter()).items.first)
            #expect(entry.verb == "lease.release")
            #expect(entry.actor == "local:eve")
            #expect(entry.subject == "lock:backup")
            #expect(entry.detail["holder"] == "ada")

            let renewal = try await harness.desk.renew(lock.name, fence: lock.fence, token: lock.token, ttl: .seconds(30), holder: nil)
            #expect(try standing(renewal).holder == "ada")
            #expect(try standing(try await harness.desk.acquire(try order("backup", "bob"))).holder == "ada")
        }
    }
}

extension ControlDesk {
    /// Whether the lock stands still: a look that gives the one who waits time to ask.
    fileprivate func leaseAsked(_ lock: HeldLock) async throws -> Bool {
        try await standing(lock.name).fence == lock.fence
    }
}
