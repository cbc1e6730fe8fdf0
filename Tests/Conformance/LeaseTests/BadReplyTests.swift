import Domain
import LeaseAdapter
import PrivateServers
import Redis
import TestSupport
import Testing

/// What stands in Redis although no script of ours has written it.
@Suite("Keys in Redis that are no leases", .timeLimit(.minutes(2)))
struct BadReplyTests {
    /// What is done to the server, and a word of the error that every question about the key must have.
    struct Bad: Sendable, CustomTestStringConvertible {
        let name: String
        let commands: [[String]]
        let hint: String

        var testDescription: String { name }
    }

    static let bad = [
        Bad(name: "a text at the key", commands: [["SET", "KEY", "hello"]], hint: "WRONGTYPE"),
        Bad(name: "a list at the key", commands: [["RPUSH", "KEY", "a"]], hint: "WRONGTYPE"),
        Bad(name: "a set at the epoch", commands: [["DEL", "flotilla:epoch"], ["SADD", "flotilla:epoch", "a"]], hint: "WRONGTYPE"),
        Bad(name: "a word for the barrier's end", commands: [["HSET", "flotilla:epoch", "until", "soon"]], hint: "until"),
        Bad(name: "a word for the lease's end", commands: [["HSET", "KEY", "number", "1", "run", "r", "end", "soon"]], hint: "end"),
        Bad(name: "a word for the highest number", commands: [["HSET", "KEY", "highest", "many", "answer", "busy"]], hint: "highest"),
    ]

    @Test("every question about such a key is refused with the reason, and other keys are served", arguments: bad)
    func refused(_ bad: Bad) async throws {
        let server = try await TestServers.freshRedis()
        try await LeaseLab.withStore(at: server.url) { store in
            let (key, other) = (try LeaseLab.key(), try LeaseLab.key())
            let (number, run) = (DispatchNumber(2), RunToken(1))
            try await Self.run(bad.commands, key, server)

            try await Self.expectRefusal(bad) { () async throws(LeaseStoreError) in
                _ = try await store.take(key, number, run: run, span: .seconds(30))
            }
            try await Self.expectRefusal(bad) { () async throws(LeaseStoreError) in _ = try await store.hand(key, number) }
            try await Self.expectRefusal(bad) { () async throws(LeaseStoreError) in _ = try await store.void(key, number) }

            try await Self.run([["DEL", "KEY"]], key, server)
            if bad.commands.joined().contains("flotilla:epoch") {
                try await Self.run([["DEL", "flotilla:epoch"]], key, server)
                try await store.begin()
            }
            #expect(try await store.take(key, number, run: run, span: .seconds(30)) == .granted(quietGap: .zero))
            #expect(try await store.take(other, number, run: run, span: .seconds(30)) == .granted(quietGap: .zero))
        }
        await server.stop()
    }

    @Test("the list of leases leaves out what is none, and tells the others")
    func list() async throws {
        let server = try await TestServers.freshRedis()
        try await LeaseLab.withStore(at: server.url) { store in
            let good = try LeaseLab.key()
            _ = try await store.take(good, DispatchNumber(1), run: RunToken(1), holder: "ada", span: .seconds(30))
            try await Self.run([["SET", "KEY", "hello"]], try LeaseLab.key(), server)
            try await Self.run([["HSET", "KEY", "number", "x", "end", "soon"]], try LeaseLab.key(), server)
            _ = try await store.take(try LeaseLab.key(), DispatchNumber(1), run: RunToken(1), span: .zero)

            let page = try await store.leases(containing: nil, limit: 10, cursor: nil)

            #expect(page.items.map(\.key) == [good])
            #expect(page.items.first?.holder == "ada")
            #expect(page.next == nil)
        }
        await server.stop()
    }

    @Test("thousands of leases are listed slice by slice, each at least once, and a part of the key finds its own")
    func pages() async throws {
        let server = try await TestServers.freshRedis()
        try await LeaseLab.withStore(at: server.url, answerLimit: .seconds(20)) { store in
            let keys = try (0..<3000).map { place in try #require(ExclusionKey("olt:\(place)[*?]\\")) }
            for key in keys { _ = try await store.take(key, DispatchNumber(1), run: RunToken(1), span: .seconds(600)) }

            var seen: Set<ExclusionKey> = []
            var pages = 0
            var cursor: String?
            repeat {
                let page = try await store.leases(containing: nil, limit: 500, cursor: cursor)
                seen.formUnion(page.items.map(\.key))
                pages += 1
                cursor = page.next
            } while cursor != nil
            #expect(seen == Set(keys))
            #expect(pages > 2)
            #expect(try await store.leases(containing: ":1234[*?]\\", limit: 10, cursor: nil).items.map(\.key) == [keys[1234]])
        }
        await server.stop()
    }

    @Test("a lease whose key somebody made to last for ever ends at its own time all the same")
    func persisted() async throws {
        let server = try await TestServers.freshRedis()
        try await LeaseLab.withStore(at: server.url) { store in
            let key = try LeaseLab.key()
            _ = try await store.take(key, DispatchNumber(1), run: RunToken(1), span: .milliseconds(200))
            try await Self.run([["PERSIST", "KEY"]], key, server)

            let answer = try await eventually("the next number is granted") { () -> TakeAnswer? in
                let answer = try await store.take(key, DispatchNumber(2), run: RunToken(2), span: .seconds(30))
                guard case .granted = answer else { return nil }
                return answer
            }

            #expect(answer == .granted(quietGap: .seconds(7)))
            #expect(try await LeaseLab.timeToLive(of: key, at: server.url) != nil)
        }
        await server.stop()
    }

    private static func expectRefusal(_ bad: Bad, _ question: () async throws(LeaseStoreError) -> Void) async throws {
        do throws(LeaseStoreError) {
            try await question()
            Issue.record("\(bad.name): it was answered")
        } catch {
            guard case .refused(_, let message) = error else {
                Issue.record("\(bad.name): it is not refused but \(error)")
                return
            }
            #expect(message.contains(bad.hint))
        }
    }

    private static func run(_ commands: [[String]], _ key: ExclusionKey, _ server: PrivateRedis) async throws {
        try await LeaseLab.withServer(at: server.url) { client in
            for command in commands {
                _ = try await client.command(command.map { RedisArgument($0 == "KEY" ? LeaseLab.name(of: key) : $0) })
            }
        }
    }
}
