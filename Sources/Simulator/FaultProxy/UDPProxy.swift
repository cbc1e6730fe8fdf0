/// A UDP proxy on 127.0.0.1 that loses, doubles, delays and reorders datagrams, the same way for the same seed.
///
/// Any thread.
package final class UDPProxy: Sendable {
    /// Where clients send to.
    package let port: Int
    private let loop: ProxyLoop<UDPTraffic>

    /// - Parameters:
    ///   - target: port on 127.0.0.1 that answers.
    ///   - seed: of the dice.
    /// - Throws: `.system`.
    package init(to target: Int, seed: UInt64) throws(ProxyError) {
        let traffic = try UDPTraffic(target: target, seed: seed)
        port = traffic.port
        loop = try ProxyLoop(traffic)
    }

    package func set(_ toxics: DatagramToxics) { loop.with { $0.toxics = toxics } }

    package func heal() { set(.pass) }

    package var counts: UDPCounts { loop.with { $0.counts } }

    package func stop() { loop.stop() }

    deinit { loop.stop() }
}

/// What came to a UDP proxy and what left it.
package struct UDPCounts: Hashable, Sendable {
    package var received = 0
    package var sent = 0
    package var lost = 0
    package var doubled = 0
}
