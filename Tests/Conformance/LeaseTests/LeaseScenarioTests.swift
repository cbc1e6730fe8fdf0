import Domain
import LeaseAdapter
import PrivateServers
import Redis
import Synchronization
import TestSupport
import Testing

@Suite("Leases in Redis", .timeLimit(.minutes(2)))
struct LeaseScenarioTests {
    private let span = Duration.seconds(30)

    @Test("a number is granted, another is busy until it is let go, and asks again")
    func busyAsksAgain() async throws {
        try await LeaseLab.withShared { store in
            let key = try LeaseLab.key()

            #expect(try await store.take(key, DispatchNumber(1), run: RunToken(1), span: span) == .granted(quietGap: .zero))
            guard case .busy(let left) = try await store.take(key, DispatchNumber(2), run: RunToken(2), span: span) else {
                Issue.record("the second number is not busy")
                return
            }
            #expect(left > .seconds(25) && left <= span)
            #expect(try await store.release(key, DispatchNumber(1), run: RunToken(1), clean: true) == .released)
            #expect(try await store.take(key, DispatchNumber(2), run: RunToken(3), span: span) == .busy(for: .zero))
            #expect(try await store.take(key, DispatchNumber(2), run: RunToken(2), span: span) == .granted(quietGap: .zero))
            #expect(try await store.release(key, DispatchNumber(1), run: RunToken(1), clean: true) == .notHeld)
        }
    }

    @Test("after a lost reply the same run is told mine and another one seen")
    func mineAfterLostReply() async throws {
        try await LeaseLab.withShared { store in
            let key = try LeaseLab.key()
            _ = try await store.take(key, DispatchNumber(1), run: RunToken(1), span: span)

            #expect(try await store.take(key, DispatchNumber(1), run: RunToken(1), span: span) == .mine(quietGap: .zero))
            guard case .seen(let seen) = try await store.take(key, DispatchNumber(1), run: RunToken(2), span: span) else {
                Issue.record("another run is not told seen")
                return
            }
            #expect(seen.answer == .granted && seen.highest == DispatchNumber(1))
            #expect(seen.leaseLeft.map { $0 > .seconds(25) && $0 <= span } == true)
        }
    }

    @Test("a lease that nobody gave back ends by itself, and the next holder keeps quiet first")
    func expires() async throws {
        try await LeaseLab.withShared { store in
            let key = try LeaseLab.key()
            _ = try await store.take(key, DispatchNumber(1), run: RunToken(1), span: .milliseconds(150))

            try await eventually("the lease ends") {
                if case .void(wasGranted: true) = try await store.void(key, DispatchNumber(1)) { true } else { false }
            }
            #expect(try await store.renew(key, DispatchNumber(1), run: RunToken(1), span: span) == .lost)
            #expect(try await store.take(key, DispatchNumber(2), run: RunToken(2), span: span) == .granted(quietGap: .seconds(7)))
            #expect(try await store.release(key, DispatchNumber(2), run: RunToken(2), clean: false) == .released)
            #expect(try await store.take(key, DispatchNumber(3), run: RunToken(3), span: span) == .granted(quietGap: .seconds(7)))
            #expect(try await store.release(key, DispatchNumber(3), run: RunToken(3), clean: true) == .released)
            #expect(try await store.take(key, DispatchNumber(4), run: RunToken(4), span: span) == .granted(quietGap: .zero))
        }
    }

    @Test("a renewed lease outlives its first end; only its own run renews it")
    func renews() async throws {
        try await LeaseLab.withShared { store in
            let key = try LeaseLab.key()
            _ = try await store.take(key, DispatchNumber(1), run: RunToken(1), span: .seconds(5))

            #expect(try await store.renew(key, DispatchNumber(1), run: RunToken(2), span: span) == .lost)
            #expect(try await store.renew(key, DispatchNumber(1), run: RunToken(1), span: .seconds(60)) == .renewed)
            guard case .held(let left) = try await store.void(key, DispatchNumber(1)) else {
                Issue.record("the lease is not held")
                return
            }
            #expect(left > .seconds(50))
        }
    }

    @Test("a number that was handed back is never granted")
    func hand() async throws {
        try await LeaseLab.withShared { store in
            let key = try LeaseLab.key()

            #expect(try await store.hand(key, DispatchNumber(1)) == .deferred)
            #expect(try await store.hand(key, DispatchNumber(1)) == .deferred)
            let refused = Seen(.deferred, highest: DispatchNumber(1), leaseLeft: nil)
            #expect(try await store.take(key, DispatchNumber(1), run: RunToken(1), span: span) == .seen(refused))
            #expect(try await store.take(key, DispatchNumber(2), run: RunToken(1), span: span) == .granted(quietGap: .zero))
        }
    }

    @Test("void: never granted, held, then granted once")
    func void() async throws {
        try await LeaseLab.withShared { store in
            let key = try LeaseLab.key()

            #expect(try await store.void(key, DispatchNumber(1)) == .void(wasGranted: false))
            let refused = Seen(.void, highest: DispatchNumber(1), leaseLeft: nil)
            #expect(try await store.take(key, DispatchNumber(1), run: RunToken(1), span: span) == .seen(refused))
            #expect(try await store.hand(key, DispatchNumber(1)) == .seen(refused))
            _ = try await store.take(key, DispatchNumber(2), run: RunToken(1), span: span)
            guard case .held = try await store.void(key, DispatchNumber(2)) else {
                Issue.record("the lease is not held")
                return
            }
            _ = try await store.release(key, DispatchNumber(2), run: RunToken(1), clean: true)
            #expect(try await store.void(key, DispatchNumber(2)) == .void(wasGranted: true))
        }
    }

    @Test("what is known of a key is kept for a day after the last word about it")
    func kept() async throws {
        let url = try await TestServers.shared.redis().url
        try await LeaseLab.withStore(at: url) { store in
            let key = try LeaseLab.key()
            _ = try await store.take(key, DispatchNumber(1), run: RunToken(1), span: .milliseconds(1))

            let left = try await LeaseLab.timeToLive(of: key, at: url)

            #expect(left.map { $0 > .seconds(86_300) && $0 <= .seconds(86_400) } == true)
        }
    }

    @Test("numbers beyond what Lua counts exactly are told apart")
    func largeNumbers() async throws {
        try await LeaseLab.withShared { store in
            let key = try LeaseLab.key()
            let large = Int64.max - 1
            _ = try await store.take(key, DispatchNumber(large), run: RunToken(1), span: span)
            _ = try await store.release(key, DispatchNumber(large), run: RunToken(1), clean: true)

            let seen = Seen(.granted, highest: DispatchNumber(large), leaseLeft: nil)
            #expect(try await store.take(key, DispatchNumber(large), run: RunToken(2), span: span) == .seen(seen))
            #expect(
                try await store.take(key, DispatchNumber(999), run: RunToken(2), span: span)
                    == .seen(Seen(.older, highest: DispatchNumber(large), leaseLeft: nil))
            )
            #expect(try await store.take(key, DispatchNumber(large + 1), run: RunToken(2), span: span) == .granted(quietGap: .zero))
        }
    }

    @Test("ten thousand takes in flight are each answered, and each key is granted once")
    func manyInFlight() async throws {
        try await LeaseLab.withShared(answerLimit: .seconds(60)) { store in
            let keys = try (0..<100).map { _ in try LeaseLab.key() }
            let granted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for take in 0..<10_000 {
                    group.addTask {
                        let answer = try await store.take(
                            keys[take % 100],
                            DispatchNumber(1),
                            run: RunToken(UInt64(take)),
                            span: .seconds(600)
                        )
                        if case .granted = answer { return true }
                        return false
                    }
                }
                var count = 0
                for try await isGranted in group where isGranted { count += 1 }
                return count
            }

            #expect(granted == 100)
        }
    }

    @Test("without a server every question is answered silent within its limit, and again when the server is back")
    func killedAndBack() async throws {
        let server = try await TestServers.freshRedis()
        try await LeaseLab.withStore(at: server.url) { store in
            let key = try LeaseLab.key()
            _ = try await store.take(key, DispatchNumber(1), run: RunToken(1), span: span)
            #expect(await store.complaint() == nil)

            await server.kill()
            let before = ContinuousClock.now
            await #expect(throws: LeaseStoreError.self) { try await store.renew(key, DispatchNumber(1), run: RunToken(1), span: span) }
            #expect(ContinuousClock.now - before < .seconds(3) * patience)
            #expect(await store.complaint() != nil)

            try await server.start()
            try await eventually("the store answers again", within: .seconds(20)) {
                do throws(LeaseStoreError) {
                    _ = try await store.take(key, DispatchNumber(2), run: RunToken(2), span: span)
                    return true
                } catch {
                    return false
                }
            }
        }
        await server.stop()
    }

    @Test("a server without memory complains and grants nothing; the lease that is held stays, and all goes on when there is memory again")
    func withoutMemory() async throws {
        let server = try await TestServers.freshRedis()
        try await LeaseLab.withStore(at: server.url) { store in
            let (key, other) = (try LeaseLab.key(), try LeaseLab.key())
            _ = try await store.take(key, DispatchNumber(1), run: RunToken(1), span: span)
            #expect(await store.complaint() == nil)

            try await LeaseLab.withServer(at: server.url) { _ = try await $0.command(["CONFIG", "SET", "maxmemory", "1"]) }
            #expect(await store.complaint()?.contains("OOM") == true)
            await #expect(throws: LeaseStoreError.self) { try await store.renew(key, DispatchNumber(1), run: RunToken(1), span: span) }
            await #expect(throws: LeaseStoreError.self) { try await store.take(other, DispatchNumber(2), run: RunToken(2), span: span) }

            try await LeaseLab.withServer(at: server.url) { _ = try await $0.command(["CONFIG", "SET", "maxmemory", "0"]) }
            #expect(await store.complaint() == nil)
            #expect(try await store.renew(key, DispatchNumber(1), run: RunToken(1), span: span) == .renewed)
            #expect(try await store.take(other, DispatchNumber(2), run: RunToken(2), span: span) == .granted(quietGap: .zero))
        }
        await server.stop()
    }

    @Test("a frozen server is silent after one second")
    func frozen() async throws {
        let server = try await TestServers.freshRedis()
        try await LeaseLab.withStore(at: server.url) { store in
            let key = try LeaseLab.key()
            _ = try await store.take(key, DispatchNumber(1), run: RunToken(1), span: span)
            await server.signal(.stop)
            let before = ContinuousClock.now

            let error = await #expect(throws: LeaseStoreError.self) { try await store.hand(key, DispatchNumber(2)) }

            await server.signal(.resume)
            if case .silent = error {} else { Issue.record("it is not silent but \(String(describing: error))") }
            let waited = ContinuousClock.now - before
            #expect(waited > .milliseconds(900) && waited < .seconds(3))
        }
        await server.stop()
    }

    @Test("a server that evicts keys is refused at the start")
    func eviction() async throws {
        let server = try PrivateRedis(arguments: ["--maxmemory-policy", "allkeys-lru"])
        try await server.start()
        try await LeaseLab.withStore(at: server.url, starts: false) { store in
            let fault = await #expect(throws: LeaseServerFault.self) { try await store.start() }

            guard case .unsuitable(let reason)? = fault else {
                Issue.record("it is not called unsuitable but \(String(describing: fault))")
                return
            }
            #expect(reason.contains("allkeys-lru") && reason.contains("noeviction"))
        }
        await server.stop()
    }

    @Test("a replica is refused at the start, and so is a master that has one")
    func replicas() async throws {
        let master = try await TestServers.freshRedis()
        let replica = try PrivateRedis(arguments: ["--replicaof", "127.0.0.1", "\(master.port)"])
        try await replica.start()
        for url in [replica.url, master.url] {
            // A store for each look: one that has connected before the replica came stays connected.
            try await eventually("the server is refused", within: .seconds(20)) { try await isUnsuitable(url) }
        }
        await replica.stop()
        await master.stop()
    }

    @Test("nobody listening is unreachable")
    func unreachable() async throws {
        try await LeaseLab.withStore(at: "redis://127.0.0.1:\(try FreePort.tcp())", starts: false) { store in
            let fault = await #expect(throws: LeaseServerFault.self) { try await store.start(within: .milliseconds(300)) }

            guard case .unreachable? = fault else {
                Issue.record("it is not called unreachable but \(String(describing: fault))")
                return
            }
        }
    }

    private func isUnsuitable(_ url: String) async throws -> Bool {
        let isUnsuitable = Mutex(false)
        try await LeaseLab.withStore(at: url, starts: false) { store in
            do throws(LeaseServerFault) {
                try await store.start(within: .milliseconds(300))
            } catch {
                if case .unsuitable = error { isUnsuitable.withLock { $0 = true } }
            }
        }
        return isUnsuitable.withLock { $0 }
    }
}
