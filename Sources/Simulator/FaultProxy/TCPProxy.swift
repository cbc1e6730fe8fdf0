/// A TCP proxy on 127.0.0.1 whose connections can be made to fail at run time.
///
/// Any thread. Changes take effect within a turn of its loop, not before the call returns.
package final class TCPProxy: Sendable {
    /// Where clients connect to.
    package let port: Int
    private let loop: ProxyLoop<TCPTraffic>

    /// Opens it at once.
    /// - Parameters:
    ///   - target: port on 127.0.0.1; nobody need listen there yet.
    ///   - port: `nil` lets the kernel choose.
    /// - Throws: `.system`, for example when the port is taken.
    package init(to target: Int, port: Int? = nil) throws(ProxyError) {
        let traffic = try TCPTraffic(target: target, port: port ?? 0)
        self.port = traffic.port
        loop = try ProxyLoop(traffic)
    }

    /// Replaces the toxics of both directions, of open connections and of those to come.
    package func set(_ toxics: Toxics) {
        loop.with { $0.toxics = [.up: toxics, .down: toxics] }
    }

    /// Replaces the toxics of one direction.
    package func set(_ toxics: Toxics, _ direction: Direction) {
        loop.with { $0.toxics[direction] = toxics }
    }

    /// Sends new connections to another port of 127.0.0.1, and resets the open ones: what was there has failed over.
    package func failOver(to target: Int) {
        loop.with {
            $0.target = target
            $0.resetsAll = true
        }
    }

    /// Refuses new connections, as a port where nobody listens; open ones go on.
    package func refuse() { loop.with { $0.isRefusing = true } }

    /// Ends every open connection with RST on both sides.
    package func resetAll() { loop.with { $0.resetsAll = true } }

    /// Passes everything on again, and accepts.
    package func heal() {
        loop.with {
            $0.toxics = [:]
            $0.isRefusing = false
        }
    }

    package var counts: TCPCounts { loop.with { $0.counts } }

    /// Closes everything.
    package func stop() { loop.stop() }

    deinit { loop.stop() }
}

/// What went through a TCP proxy since it was opened.
package struct TCPCounts: Hashable, Sendable {
    package var accepted = 0
    package var open = 0
    /// Connections that the proxy itself reset.
    package var resets = 0
    /// Resets by a cut.
    package var cuts = 0
    package var octetsUp = 0
    package var octetsDown = 0
}
