import PrivateServers
import Redis
import TestSupport
import Testing

@Suite("The Redis client", .timeLimit(.minutes(2)))
struct RedisClientTests {
    @Test("every kind of reply arrives as what it is")
    func replies() async throws {
        try await RedisLab.withShared { client async throws in
            let key = RedisLab.key("kind")

            #expect(try await client.command(["SET", key, "value"]) == .status("OK"))
            #expect(try await client.command(["GET", key]) == .bytes(Array("value".utf8)))
            #expect(try await client.command(["GET", RedisLab.key("nothing")]) == .null)
            #expect(try await client.command(["STRLEN", key]) == .integer(5))
            #expect(
                try await client.command(["EVAL", "return {1, 'two', {3}, redis.error_reply('FOUR no')}", 0])
                    == .array([.integer(1), .bytes(Array("two".utf8)), .array([.integer(3)]), .error("FOUR no")])
            )
        }
    }

    @Test("an error of the server is thrown with its code, and the connection survives")
    func serverError() async throws {
        try await RedisLab.withShared { client async throws in
            let key = RedisLab.key("list")
            _ = try await client.command(["RPUSH", key, "a"])

            let error = await #expect(throws: RedisError.self) { try await client.command(["INCR", key]) }

            guard case .server(let message) = error else { throw Unexpected(error) }
            #expect(message.hasPrefix("WRONGTYPE"))
            #expect(try await client.command(["LLEN", key]) == .integer(1))
            #expect(client.connectionEpoch == 1)
        }
    }

    @Test("bytes that are no UTF-8 and a value of one MiB come back as they went")
    func bytes() async throws {
        try await RedisLab.withShared { client async throws in
            let key = RedisLab.key("bytes")
            let large = (0..<1_048_576).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            for value in [[0xFF, 0xFE, 0x00, 0x0D, 0x0A, 0x80], [], large] {
                _ = try await client.command(["SET", key, RedisArgument(value)])

                #expect(try await client.command(["GET", key]) == .bytes(value))
            }
            _ = try await client.command(["DEL", key])
        }
    }

    @Test("pipelined commands answer in their order, errors among them")
    func pipeline() async throws {
        try await RedisLab.withShared { client async throws in
            let key = RedisLab.key("pipe")

            let results = await client.commands([["SET", key, "1"], ["INCR", key], ["LPOP", key], ["INCR", key]])

            #expect(results[0] == .success(.status("OK")))
            #expect(results[1] == .success(.integer(2)))
            #expect(throws: RedisError.self) { try results[2].get() }
            #expect(results[3] == .success(.integer(3)))
        }
    }

    @Test("a script runs by its digest, also after the server forgot it")
    func script() async throws {
        try await RedisLab.withShared { client async throws in
            let script = RedisScript(name: "join", source: "return KEYS[1] .. ':' .. ARGV[1] -- \(TestServers.unique("script"))")

            #expect(try await client.evaluate(script, keys: ["k"], arguments: ["a"]).text == "k:a")
            _ = try await client.command(["SCRIPT", "FLUSH"])
            let runs = (0..<50).map { RedisEvaluation(keys: ["k"], arguments: [RedisArgument($0)]) }
            let results = await client.evaluateAll(script, runs)

            #expect(try results.map { try $0.get().text } == (0..<50).map { "k:\($0)" })
        }
    }

    @Test("ten thousand commands at once are all answered, each with its own reply")
    func manyInFlight() async throws {
        try await RedisLab.withShared { client async throws in
            let echoed = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<10_000 {
                    group.addTask { try await client.command(["ECHO", RedisArgument(number)]).integer == Int64(number) }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }

            #expect(echoed == 10_000)
            #expect(client.connectionEpoch == 1)
        }
    }

    @Test("more outstanding replies than the bound are refused, not queued")
    func bound() async throws {
        try await RedisLab.withShared(settings: RedisSettings(inFlightMax: 10)) { client async throws in
            try await client.waitUntilConnected(within: .seconds(5))

            let results = await client.commands(Array(repeating: ["PING"], count: 11))

            #expect(results == Array(repeating: .failure(.busy(inFlightMax: 10)), count: 11))
            #expect(try await client.command(["PING"]) == .status("PONG"))
        }
    }

    @Test("a cancelled command returns at once, and the connection goes on")
    func cancel() async throws {
        try await RedisLab.withShared { client async throws in
            let key = RedisLab.key("never")
            let waiting = Task { try await client.command(["BLPOP", key, 0], timeout: .seconds(60)) }
            try await eventually("the command blocks on the server") {
                try await RedisLab.blockedClients(of: TestServers.shared.redis().url) > 0
            }

            waiting.cancel()

            await #expect(throws: RedisError.cancelled) { try await waiting.value }
            try await push(to: key)
            #expect(try await client.command(["ECHO", "after"]).text == "after")
            #expect(client.connectionEpoch == 1)
        }
    }

    @Test("a command without an answer in time fails with its name, and the connection goes on")
    func timeout() async throws {
        try await RedisLab.withShared { client async throws in
            let key = RedisLab.key("slow")
            let began = ContinuousClock.now

            await #expect(throws: RedisError.timedOut(operation: "BLPOP", after: .milliseconds(50))) {
                try await client.command(["BLPOP", key, 0], timeout: .milliseconds(50))
            }

            #expect(ContinuousClock.now - began < .seconds(2) * patience)
            try await push(to: key)
            #expect(try await client.command(["ECHO", "after"]).text == "after")
        }
    }

    @Test("commands that change what the connection speaks are refused", arguments: ["SUBSCRIBE", "monitor", "QUIT"])
    func refusedCommands(name: String) async throws {
        try await RedisLab.withShared { client async throws in
            await #expect(throws: RedisError.invalidRequest(reason: "\(name) changes what the connection speaks")) {
                try await client.command([RedisArgument(name), "x"])
            }
        }
    }

    private func push(to key: RedisArgument) async throws {
        try await RedisLab.withShared { client async throws in
            #expect(try await client.command(["RPUSH", key, "x"]) == .integer(1))
        }
    }
}

/// An error of another kind than the test expects.
struct Unexpected: Error {
    let error: (any Error)?

    init(_ error: (any Error)?) { self.error = error }
}
