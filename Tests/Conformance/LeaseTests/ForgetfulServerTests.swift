import Domain
import LeaseAdapter
import PrivateServers
import Redis
import TestSupport
import Testing

/// A Redis that forgets while leases are held, on real servers.
@Suite("A Redis that forgot", .timeLimit(.minutes(4)))
struct ForgetfulServerTests {
    private static let span = Duration.milliseconds(1500)

    @Test("emptied in mid-run: everybody is told busy, the live run puts its lease back, and the key goes to the next when it lets go")
    func flushed() async throws {
        let server = try await TestServers.freshRedis()
        try await LeaseLab.withStore(at: server.url, quietGap: .seconds(2), barrierSpan: .seconds(20)) { store in
            let key = try LeaseLab.key()
            _ = try await store.take(key, DispatchNumber(1), run: RunToken(1), holder: "worker-1", span: .seconds(20))
            try await Self.flush(server)

            guard case .busy(let left) = try await store.take(key, DispatchNumber(1), run: RunToken(2), span: .seconds(20)) else {
                Issue.record("the redelivered number is not busy")
                return
            }
            #expect(left > .seconds(15) && left <= .seconds(20))
            guard case .held(let held) = try await store.void(key, DispatchNumber(1)) else {
                Issue.record("a number that might be running is void")
                return
            }
            #expect(held > .seconds(15) && held <= .seconds(20))
            #expect(try await store.renew(key, DispatchNumber(1), run: RunToken(1), span: .seconds(30)) == .renewed)
            #expect(try await store.lease(key)?.number == DispatchNumber(1))
            guard case .busy(let longer) = try await store.take(key, DispatchNumber(2), run: RunToken(3), span: .seconds(20)) else {
                Issue.record("the next number is not busy")
                return
            }
            #expect(longer > .seconds(25))
            #expect(try await store.renew(key, DispatchNumber(1), run: RunToken(9), span: .seconds(30)) == .lost)
            #expect(try await store.release(key, DispatchNumber(1), run: RunToken(1), clean: true) == .released)
        }
        await server.stop()
    }

    @Test("after the barrier a lease that was not put back is lost, and its number is granted a second time, with the quiet gap")
    func notLater() async throws {
        let server = try await TestServers.freshRedis()
        try await LeaseLab.withStore(at: server.url, quietGap: .seconds(5), barrierSpan: Self.span) { store in
            let key = try LeaseLab.key()
            let sentAt = ContinuousClock.now
            _ = try await store.take(key, DispatchNumber(1), run: RunToken(1), span: Self.span)
            try await Self.flush(server)
            let forgottenAt = ContinuousClock.now

            let gap = try await eventually("the number is granted again") { () -> Duration? in
                guard case .granted(let gap) = try await store.take(key, DispatchNumber(1), run: RunToken(2), span: .seconds(30)) else {
                    return nil
                }
                return gap
            }

            #expect(ContinuousClock.now - forgottenAt >= Self.span)
            #expect(ContinuousClock.now - sentAt >= Self.span)
            #expect(gap == .seconds(5))
            #expect(try await store.renew(key, DispatchNumber(1), run: RunToken(1), span: .seconds(30)) == .lost)
        }
        await server.stop()
    }

    @Test("a server that knows nothing is open at once when the fleet never drew a number, and only then")
    func begins() async throws {
        let server = try await TestServers.freshRedis()
        try await LeaseLab.withStore(at: server.url, begins: false) { store in
            let key = try LeaseLab.key()
            #expect(try await store.begin())
            #expect(try await store.take(key, DispatchNumber(1), run: RunToken(1), span: .seconds(30)) == .granted(quietGap: .zero))
            #expect(try await store.begin() == false)

            try await Self.flush(server)
            guard case .busy = try await store.take(key, DispatchNumber(2), run: RunToken(1), span: .seconds(30)) else {
                Issue.record("a store that forgot grants at once")
                return
            }
            #expect(try await store.begin() == false)
        }
        await server.stop()
    }

    enum Mishap: CaseIterable, Sendable {
        case flush, restartEmpty, restartWithOlderData
    }

    @Test("two holders never overlap, whatever the server forgets under them", arguments: Mishap.allCases)
    func neverTwo(_ mishap: Mishap) async throws {
        let server = try await TestServers.freshRedis()
        let book = HoldingBook()
        try await LeaseLab.withStore(at: server.url, quietGap: .zero, barrierSpan: Self.span) { store in
            let key = try LeaseLab.key()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { try await Contender(store: store, key: key, span: Self.span, book: book).run() } }
                let before = try await book.next()
                if mishap == .restartWithOlderData {
                    _ = try await LeaseLab.withServer(at: server.url) { try await $0.command(["SAVE"]) }
                    try await eventually("another number is granted") { await book.grants > before + 1 }
                    _ = try await book.next()
                }
                switch mishap {
                case .flush: try await Self.flush(server)
                case .restartEmpty, .restartWithOlderData:
                    await server.kill()
                    try await server.start()
                }
                let atMishap = await book.grants
                try await eventually("the key is granted again", within: .seconds(30)) { await book.grants > atMishap + 2 }
                await book.close()
                try await group.waitForAll()
            }
        }
        await server.stop()

        let overlaps = await book.overlaps
        #expect(overlaps.isEmpty, "\(overlaps)")
        #expect(await book.holdings.count >= 4)
    }

    @Test("the judge of overlaps sees one when there is no barrier")
    func judgeSees() async throws {
        let server = try await TestServers.freshRedis()
        let book = HoldingBook()
        try await LeaseLab.withStore(at: server.url, quietGap: .zero, barrierSpan: .zero) { store in
            let key = try LeaseLab.key()
            let span = Duration.seconds(30)
            for number in Int64(1)...2 {
                let sentAt = ContinuousClock.now
                #expect(try await store.take(key, DispatchNumber(number), run: RunToken(1), span: span) == .granted(quietGap: .zero))
                await book.note(HoldingBook.Holding(number: number, from: ContinuousClock.now, to: sentAt + span))
                try await Self.flush(server)
            }
        }
        await server.stop()

        #expect(await book.overlaps.count == 1)
    }

    private static func flush(_ server: PrivateRedis) async throws {
        let answer = try await LeaseLab.withServer(at: server.url) { try await $0.command(["FLUSHALL"]) }
        #expect(answer == .status("OK"))
    }
}
