import PrivateServers
import Reactor
import Redis
import Synchronization
import TestSupport
import Testing

@Suite("The Redis client when the server is not as it should be", .timeLimit(.minutes(2)))
struct RedisOutageTests {
    @Test("a closed port is refused with the endpoint's name")
    func closedPort() async throws {
        try await RedisLab.with("redis://127.0.0.1:1/0") { client async throws in
            let error = await #expect(throws: RedisError.self) {
                try await client.command(["PING"], timeout: .seconds(1))
            }

            guard case .refused(let endpoint, let reason) = error else { throw Unexpected(error) }
            #expect(endpoint == "redis://127.0.0.1:1/0")
            #expect(reason.contains("refused"))
        }
    }

    @Test("a wrong password shows the server's words and not the password")
    func wrongPassword() async throws {
        let server = try await TestServers.freshRedis()
        try await RedisLab.with(server.url) { client async throws in
            _ = try await client.command(["CONFIG", "SET", "requirepass", "right"])
        }

        try await RedisLab.with("redis://:wrong@127.0.0.1:\(server.port)") { client async throws in
            let error = await #expect(throws: RedisError.self) {
                try await client.command(["PING"], timeout: .seconds(1))
            }
            guard case .server(let message) = error else { throw Unexpected(error) }
            #expect(message.hasPrefix("WRONGPASS"))
            #expect(!client.endpoint.description.contains("wrong"))
        }
        try await RedisLab.with("redis://:right@127.0.0.1:\(server.port)/3") { client async throws in
            #expect(try await client.command(["PING"]) == .status("PONG"))
        }
        await server.stop()
    }

    @Test("a killed server fails what is in flight, and the client works by itself when the server is back")
    func killedAndBack() async throws {
        let server = try await TestServers.freshRedis()
        let greeted = Mutex(0)
        let greet: RedisClient.ConnectHook = { _ in greeted.withLock { $0 += 1 } }
        try await RedisLab.with(server.url, onConnect: greet) { client async throws in
            let script = RedisScript(name: "one", source: "return 1")
            #expect(try await client.evaluate(script, keys: [], arguments: []) == .integer(1))
            let waiting = Task { try await client.command(["BLPOP", "nothing", 0], timeout: .seconds(60)) }
            // Asked by another client: whatever this one sends next waits behind.
            try await eventually("the server holds the question") { try await RedisLab.blockedClients(of: server.url) > 0 }

            await server.kill()
            let error = await #expect(throws: RedisError.self) { try await waiting.value }
            guard case .closed = error else { throw Unexpected(error) }
            try await server.start()

            #expect(try await client.evaluate(script, keys: [], arguments: []) == .integer(1))
            #expect(client.connectionEpoch == 2)
            #expect(greeted.withLock { $0 } == 2)
        }
        await server.stop()
    }

    @Test("a client that was started before its server finds it")
    func startedFirst() async throws {
        let server = try await TestServers.freshRedis()
        await server.stop()
        try await RedisLab.with(server.url) { client async throws in
            async let reply = client.command(["PING"], timeout: .seconds(20))

            try await server.start()

            #expect(try await reply == .status("PONG"))
        }
        await server.stop()
    }

    @Test("a frozen server lets commands time out, and they work again when it thaws")
    func frozen() async throws {
        let server = try await TestServers.freshRedis()
        try await RedisLab.with(server.url) { client async throws in
            #expect(try await client.command(["PING"]) == .status("PONG"))

            await server.signal(.stop)
            await #expect(throws: RedisError.timedOut(operation: "GET", after: .milliseconds(100))) {
                try await client.command(["GET", "k"], timeout: .milliseconds(100))
            }
            await server.signal(.resume)

            #expect(try await client.command(["ECHO", "thawed"]).text == "thawed")
        }
        await server.stop()
    }

    @Test("a closed client refuses commands, and closing during an outage ends")
    func closed() async throws {
        try await RedisLab.with("redis://127.0.0.1:1") { client async throws in
            let late = Task { try await client.command(["PING"], timeout: .seconds(60)) }
            try await eventually("an attempt failed") { !client.isConnected }

            await client.close()

            await #expect(throws: RedisError.self) { try await late.value }
            await #expect(throws: RedisError.closed(reason: "the client is closed")) { try await client.command(["PING"]) }
        }
    }

    @Test("closing does not wait for a peer that never answers")
    func silentPeer() async throws {
        let server = try await TestServers.freshRedis()
        await server.signal(.stop)
        let began = ContinuousClock.now
        try await RedisLab.with("redis://:x@127.0.0.1:\(server.port)", settings: RedisSettings(connectTimeout: .seconds(30))) {
            client async throws in
            await #expect(throws: RedisError.timedOut(operation: "PING", after: .milliseconds(100))) {
                try await client.command(["PING"], timeout: .milliseconds(100))
            }
        }
        await server.signal(.resume)

        #expect(ContinuousClock.now - began < .seconds(10) * patience)
        await server.stop()
    }

    @Test("a peer that speaks something else is a protocol violation; half a reply is a lost connection")
    func otherPeer() async throws {
        let web = try OneAnswerServer(answering: Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
        let torn = try OneAnswerServer(answering: Array("$100\r\nhalf a rep".utf8))
        for (server, isViolation) in [(web, true), (torn, false)] {
            try await RedisLab.with("redis://127.0.0.1:\(server.port)") { client async throws in
                let error = await #expect(throws: RedisError.self) { try await client.command(["PING"], timeout: .seconds(1)) }

                #expect(error?.retry == .rebuild)
                if case .protocolViolation = error { #expect(isViolation) } else { #expect(!isViolation) }
            }
            server.stop()
        }
    }
}
