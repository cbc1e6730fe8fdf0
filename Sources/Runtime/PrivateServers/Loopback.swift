import Dispatch
import Glibc

/// Short blocking conversations with a server on 127.0.0.1, to see whether it is healthy.
enum Loopback {
    /// Seconds one read or write may block.
    private static let patience = 1
    private static let noSignal = Int32(MSG_NOSIGNAL)

    /// Connects by TCP, sends `request` and returns what the first read brings; `nil` when anything fails.
    static func exchange(port: Int, send request: [UInt8]) -> [UInt8]? {
        converse(type: SOCK_STREAM.rawValue, port: port, send: request)
    }

    /// The same with one datagram each way.
    static func exchangeDatagram(port: Int, send request: [UInt8]) -> [UInt8]? {
        converse(type: SOCK_DGRAM.rawValue, port: port, send: request)
    }

    /// Runs blocking work beside the cooperative threads.
    static func offThePool<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: work()) }
        }
    }

    /// Hands the socket address 127.0.0.1:`port` to a C call.
    static func withAddress<Value>(port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    private static func converse(type: UInt32, port: Int, send request: [UInt8]) -> [UInt8]? {
        let socket = Glibc.socket(AF_INET, Int32(type | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        defer { close(socket) }
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        guard withAddress(port: port, { connect(socket, $0, $1) }) == 0 else { return nil }
        guard send(socket, request, request.count, noSignal) == request.count else { return nil }
        var answer = [UInt8](repeating: 0, count: 4096)
        let count = recv(socket, &answer, answer.count, 0)
        return count > 0 ? Array(answer.prefix(count)) : nil
    }
}
