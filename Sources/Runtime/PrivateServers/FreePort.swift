import Glibc
import Synchronization

/// Draws loopback ports that nobody listens on.
///
/// Ports come from below the range the kernel gives to outgoing connections: a client that keeps dialling a dead server's port
/// from that range can be given the very port as its own end, connect to itself and keep the server from coming back.
package enum FreePort {
    /// A TCP port on 127.0.0.1 that can be bound now, and was not drawn before by this process.
    package static func tcp() throws(ServerError) -> Int { try draw(.tcp) }

    /// The same for UDP.
    package static func udp() throws(ServerError) -> Int { try draw(.udp) }

    enum Transport: Hashable {
        case tcp
        case udp
    }

    private static let range = 20_000..<32_000
    private static let drawsMax = 2_000
    private static let drawn = Mutex<Set<Int>>([])

    private static func draw(_ transport: Transport) throws(ServerError) -> Int {
        for _ in 0..<drawsMax {
            let port = Int.random(in: range)
            guard isFree(port, transport), drawn.withLock({ $0.insert(port).inserted }) else { continue }
            return port
        }
        throw .noFreePort
    }

    /// True when a server could bind the port on 127.0.0.1 now.
    static func isFree(_ port: Int, _ transport: Transport) -> Bool {
        let type = transport == .tcp ? SOCK_STREAM.rawValue : SOCK_DGRAM.rawValue
        let socket = Glibc.socket(AF_INET, Int32(type | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        if transport == .tcp {
            var yes: Int32 = 1
            setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        }
        return Loopback.withAddress(port: port) { bind(socket, $0, $1) == 0 }
    }
}
