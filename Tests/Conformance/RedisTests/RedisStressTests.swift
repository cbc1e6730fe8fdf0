import PrivateServers
import Redis
import TestSupport
import Testing

@Suite("Many lives of Redis connections at once", .timeLimit(.minutes(2)))
struct RedisStressTests {
    @Test("commands that are cancelled at any moment leave a client that works, on the same connection")
    func cancelAnywhere() async throws {
        try await RedisLab.withShared { client async throws in
            let key = RedisLab.key("count")
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<2000 {
                    group.addTask {
                        let work = Task { await client.commands([["INCR", key], ["ECHO", RedisArgument(number)]]) }
                        for _ in 0..<(number % 20) { await Task.yield() }
                        if number % 2 == 0 { work.cancel() }
                        _ = await work.result
                    }
                }
            }

            let count = try #require(try await client.command(["GET", key]).integer)
            #expect((1000...2000).contains(count))
            #expect(client.connectionEpoch == 1)
        }
    }

    @Test("clients that are opened and closed side by side all end, in use or not")
    func openAndClose() async throws {
        let url = try await TestServers.shared.redis().url
        let pongs = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<40 {
                group.addTask {
                    try await RedisLab.with(url) { client async throws -> Bool in
                        if number % 2 == 0 { return true }
                        return try await client.command(["PING"]) == .status("PONG")
                    }
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }

        #expect(pongs == 40)
    }
}
