internal import Glibc

/// The few socket calls that both sockets of the simulator share.
enum SocketOptions {
    static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        _ = unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// - Returns: the port that was bound.
    static func bind(_ descriptor: Int32, _ place: Sender, _ what: String) throws(SimulatorError) -> UInt16 {
        var address = sockaddr_in(place)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                let bound = unsafe Glibc.bind(descriptor, pointer, length)
                return bound == 0 ? unsafe getsockname(descriptor, pointer, &length) : bound
            }
        }
        guard result == 0 else { throw .system(what, errno) }
        return UInt16(bigEndian: address.sin_port)
    }
}

extension sockaddr_in {
    init(_ place: Sender) {
        self.init()
        sin_family = sa_family_t(AF_INET)
        sin_port = place.port.bigEndian
        sin_addr.s_addr = place.address.number.bigEndian
    }
}

extension Sender {
    init(_ address: sockaddr_in) {
        self.init(address: DeviceAddress(number: UInt32(bigEndian: address.sin_addr.s_addr)), port: UInt16(bigEndian: address.sin_port))
    }
}
