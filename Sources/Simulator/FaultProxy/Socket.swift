internal import Glibc

/// The socket calls that both proxies share; every socket is non-blocking and dies with this process.
enum Socket {
    static func open(_ type: __socket_type) throws(ProxyError) -> Int32 {
        let flags = Int32(type.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_INET, flags, 0)
        guard descriptor >= 0 else { throw .system(call: "socket", code: errno) }
        return descriptor
    }

    static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        _ = unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    static func bind(_ descriptor: Int32, port: Int) throws(ProxyError) {
        let result = unsafe withAddress(port) { address, length in unsafe Glibc.bind(descriptor, address, length) }
        guard result == 0 else { throw .system(call: "bind", code: errno) }
    }

    /// - Returns: 0, or the error; `EINPROGRESS` is none.
    static func connect(_ descriptor: Int32, port: Int) -> Int32 {
        let result = unsafe withAddress(port) { address, length in unsafe Glibc.connect(descriptor, address, length) }
        return result == 0 || errno == EINPROGRESS ? 0 : errno
    }

    /// What became of a connect that was in progress.
    static func connectError(_ descriptor: Int32) -> Int32 {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno
    }

    static func port(of descriptor: Int32) -> Int {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(descriptor, $0, &length) }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// `nil` when nothing waits, empty at the end.
    /// - Throws: what the connection died of.
    static func read(_ descriptor: Int32, into buffer: inout [UInt8]) throws(ProxyError) -> [UInt8]? {
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count < 0 {
            guard errno == EAGAIN || errno == EINTR else { throw .system(call: "recv", code: errno) }
            return nil
        }
        return Array(buffer[..<count])
    }

    /// How many octets the kernel took.
    static func write(_ descriptor: Int32, _ octets: ArraySlice<UInt8>) throws(ProxyError) -> Int {
        let count = unsafe octets.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count < 0 {
            guard errno == EAGAIN || errno == EINTR else { throw .system(call: "send", code: errno) }
            return 0
        }
        return count
    }

    /// Closes with RST.
    static func reset(_ descriptor: Int32) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
    }

    private static func withAddress(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(clamping: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
