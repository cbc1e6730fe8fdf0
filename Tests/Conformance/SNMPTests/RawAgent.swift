import Foundation
import Synchronization

@testable import SNMP

/// A socket on 127.0.0.1 that answers datagrams with datagrams, whatever they are.
final class RawAgent: Sendable {
    /// What answers a datagram, numbered in the order of arrival from 0.
    typealias Reply = @Sendable (_ datagram: [UInt8], _ order: Int) -> [[UInt8]]

    let port: UInt16
    private let descriptor: Int32
    private let state = Mutex((count: 0, isStopped: false))

    init(reply: @escaping Reply) throws {
        (descriptor, port) = try Self.boundSocket()
        var size: Int32 = 16 << 20
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, socklen_t(MemoryLayout<Int32>.size))
        Thread.detachNewThread { [self] in serve(reply) }
    }

    /// Stands before a real agent and changes what it answers.
    convenience init(before upstream: Int, change: @escaping @Sendable (_ answer: [UInt8], _ request: [UInt8], _ order: Int) -> [[UInt8]])
        throws
    {
        let (socket, _) = try Self.boundSocket()
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        try self.init { request, order in
            Self.send(request, from: socket, to: UInt16(upstream))
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = recv(socket, &buffer, buffer.count, 0)
            return count > 0 ? change(Array(buffer[..<count]), request, order) : []
        }
    }

    /// Datagrams that arrived.
    var count: Int { state.withLock { $0.count } }

    func stop() {
        state.withLock { $0.isStopped = true }
        Self.send([0], from: descriptor, to: port)
    }

    private func serve(_ reply: Reply) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var peer = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = withUnsafeMutablePointer(to: &peer) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { recvfrom(descriptor, &buffer, buffer.count, 0, $0, &length) }
            }
            let order = state.withLock { state -> Int? in
                defer { state.count += 1 }
                return state.isStopped ? nil : state.count
            }
            guard let order else { break }
            guard count >= 0 else { continue }
            for datagram in reply(Array(buffer[..<count]), order) {
                Self.send(datagram, from: descriptor, to: UInt16(bigEndian: peer.sin_port))
            }
        }
        close(descriptor)
    }

    /// A UDP socket on a loopback address, with its port.
    static func boundSocket(_ host: String = "127.0.0.1") throws -> (Int32, UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr(host)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard descriptor >= 0, bound else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    static func send(_ datagram: [UInt8], from descriptor: Int32, to port: UInt16) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                sendto(descriptor, datagram, datagram.count, 0, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
