import FaultProxy
import Glibc
import TestSupport
import Testing

@Suite("The TCP fault proxy", .timeLimit(.minutes(1)))
struct TCPProxyTests {
    /// A client that is connected to a server through a proxy.
    private struct Line {
        let proxy: TCPProxy
        let listener: Peer
        let client: Peer
        let server: Peer

        init() throws {
            let (listener, port) = Peer.bound()
            self.listener = listener
            proxy = try TCPProxy(to: port)
            client = try #require(Peer.connect(proxy.port))
            server = try #require(listener.accept())
        }
    }

    private func octets(_ text: String) -> Peer.Read { .octets(Array(text.utf8)) }

    @Test("both directions pass, and an end is told to the other side")
    func pass() throws {
        let line = try Line()

        line.client.send("ping")
        #expect(line.server.read() == octets("ping"))
        line.server.send("pong")
        #expect(line.client.read() == octets("pong"))
        shutdown(line.client.descriptor, Int32(SHUT_WR))
        #expect(line.server.read() == .end)
        line.server.send("bye")
        #expect(line.client.read() == octets("bye"))
        #expect(line.proxy.counts.octetsUp == 4)
    }

    @Test("a black hole swallows nothing: what was said meanwhile comes when it is healed, and nobody saw an end")
    func blackhole() throws {
        let line = try Line()

        line.proxy.set(.blackhole)
        line.client.send("ping")
        #expect(line.server.isSilent)
        let late = try #require(Peer.connect(line.proxy.port), "the port still accepts")
        #expect(late.isSilent)
        line.proxy.heal()
        #expect(line.server.read() == octets("ping"))
    }

    @Test("one direction alone can be a black hole")
    func halfHole() throws {
        let line = try Line()

        line.proxy.set(.blackhole, .down)
        line.client.send("commit")
        #expect(line.server.read() == octets("commit"))
        line.server.send("done")
        #expect(line.client.isSilent)
    }

    @Test("a reset reaches both sides")
    func reset() throws {
        let line = try Line()

        line.proxy.resetAll()

        #expect(line.client.read() == .reset)
        #expect(line.server.read() == .reset)
        #expect(line.proxy.counts.resets == 1)
    }

    @Test("after a fail-over open connections are reset and new ones lead to the other port")
    func failOver() throws {
        let line = try Line()
        let (other, port) = Peer.bound()

        line.proxy.failOver(to: port)

        #expect(line.client.read() == .reset)
        let second = try #require(Peer.connect(line.proxy.port))
        let server = try #require(other.accept())
        second.send("ping")
        #expect(server.read() == octets("ping"))
    }

    @Test("a cut in the middle of a piece lets its beginning pass, resets, and strikes one connection only")
    func cut() throws {
        let line = try Line()

        line.proxy.set(Toxics(cut: .chunk(min: 10, short: 3)), .up)
        line.client.send("0123456789")
        #expect(line.server.read() == octets("0123456"))
        #expect(line.server.read() == .reset)
        #expect(line.client.read() == .reset)
        #expect(line.proxy.counts.cuts == 1)
        let second = try #require(Peer.connect(line.proxy.port))
        let server = try #require(line.listener.accept())
        second.send("0123456789")
        #expect(server.read() == octets("0123456789"))
    }

    @Test("it refuses new connections while open ones go on, and accepts again when healed")
    func refuse() async throws {
        let line = try Line()

        line.proxy.refuse()
        try await eventually("a connection is refused") { Peer.connect(line.proxy.port) == nil }
        line.client.send("ping")
        #expect(line.server.read() == octets("ping"))
        line.proxy.heal()
        try await eventually("a connection is accepted") { Peer.connect(line.proxy.port) != nil }
    }

    @Test("slices arrive as pieces with a pause, and the whole is right")
    func slices() throws {
        let line = try Line()

        line.proxy.set(Toxics(slices: .init(octets: 4, every: .milliseconds(20))), .up)
        line.client.send("0123456789")

        #expect(line.server.read() == octets("0123"))
        #expect(line.server.read() == octets("4567"))
        #expect(line.server.read() == octets("89"))
    }

    @Test("a server that does not listen shows as a reset")
    func nobody() throws {
        let (listener, port) = Peer.bound()
        let proxy = try TCPProxy(to: port)
        shutdown(listener.descriptor, Int32(SHUT_RDWR))

        let client = try #require(Peer.connect(proxy.port))

        #expect(client.read() == .reset)
    }
}

@Suite("The UDP fault proxy", .timeLimit(.minutes(1)))
struct UDPProxyTests {
    @Test("datagrams pass and answers find their client")
    func pass() throws {
        let (server, port) = Peer.bound(SOCK_DGRAM)
        let proxy = try UDPProxy(to: port, seed: 1)
        let client = try #require(Peer.connect(proxy.port, SOCK_DGRAM))

        client.send("one")

        #expect(server.echo())
        #expect(client.read() == .octets(Array("one".utf8)))
        #expect(proxy.counts.received == 2)
        #expect(proxy.counts.sent == 2)
    }

    @Test("what is lost does not arrive, what is doubled arrives twice, what is late arrives behind the next")
    func toxics() async throws {
        let (server, port) = Peer.bound(SOCK_DGRAM)
        let proxy = try UDPProxy(to: port, seed: 1)
        let client = try #require(Peer.connect(proxy.port, SOCK_DGRAM))

        proxy.set(DatagramToxics(loss: 1))
        client.send("lost")
        #expect(server.isSilent)
        proxy.set(DatagramToxics(duplicate: 1))
        client.send("twice")
        #expect(server.read() == .octets(Array("twice".utf8)))
        #expect(server.read() == .octets(Array("twice".utf8)))
        proxy.set(DatagramToxics(reorder: 1, reorderBy: .seconds(2)))
        client.send("first")
        try await eventually("the first is on its way") { proxy.counts.received == 3 }
        proxy.heal()
        client.send("second")
        #expect(server.read() == .octets(Array("second".utf8)))
        #expect(server.read() == .octets(Array("first".utf8)))
        #expect(proxy.counts.lost == 1)
        #expect(proxy.counts.doubled == 1)
    }
}
