import Glibc

/// A blocking socket of a test; what should come is waited for, what should not only for a moment.
final class Peer: Sendable {
    enum Read: Equatable {
        case octets([UInt8])
        case end
        case reset
        case nothing
    }

    let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// `nil` when it was refused.
    static func connect(_ port: Int, _ type: __socket_type = SOCK_STREAM) -> Peer? {
        let peer = Peer(socket(AF_INET, Int32(type.rawValue), 0))
        var address = Self.address(port)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(peer.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return result == 0 ? peer : nil
    }

    /// Binds to a free port and, for streams, listens.
    static func bound(_ type: __socket_type = SOCK_STREAM) -> (peer: Peer, port: Int) {
        let peer = Peer(socket(AF_INET, Int32(type.rawValue), 0))
        var address = Self.address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(peer.descriptor, $0, length)
                _ = getsockname(peer.descriptor, $0, &length)
            }
        }
        if type == SOCK_STREAM { listen(peer.descriptor, 8) }
        return (peer, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// The next connection; `nil` when none comes.
    func accept() -> Peer? {
        let next = Glibc.accept(descriptor, nil, nil)
        return next >= 0 ? Peer(next) : nil
    }

    func send(_ text: String) { _ = Glibc.send(descriptor, Array(text.utf8), text.utf8.count, Int32(MSG_NOSIGNAL)) }

    func read() -> Read {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 { return errno == ECONNRESET ? .reset : .nothing }
        return count == 0 ? .end : .octets(Array(buffer[..<count]))
    }

    /// Nothing to read and no end, for a fifth of a second.
    var isSilent: Bool {
        var wish = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&wish, 1, 200) == 0
    }

    /// Answers a datagram to whoever sent it.
    func echo() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var source = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &source) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                let count = recvfrom(descriptor, &buffer, buffer.count, 0, $0, &length)
                return count >= 0 && sendto(descriptor, buffer, count, 0, $0, length) == count
            }
        }
    }

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
