internal import Glibc

/// A wildcard UDP socket that knows which address was asked and answers as any address (ip(7), IP_PKTINFO).
struct DatagramSocket: Sendable {
    let descriptor: Int32
    let port: UInt16

    /// A datagram with both of its ends.
    struct Arrival {
        var bytes: [UInt8]
        var from: Sender
        var at: DeviceAddress
    }

    init(port: UInt16) throws(SimulatorError) {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw .system("UDP socket", errno) }
        self.descriptor = descriptor
        SocketOptions.set(descriptor, Int32(IPPROTO_IP), IP_PKTINFO, 1)
        // Bursts of thousands of devices; the system gives as much as it allows.
        SocketOptions.set(descriptor, SOL_SOCKET, SO_RCVBUF, 8 << 20)
        SocketOptions.set(descriptor, SOL_SOCKET, SO_SNDBUF, 8 << 20)
        do throws(SimulatorError) {
            self.port = try SocketOptions.bind(descriptor, Sender(address: DeviceAddress(number: 0), port: port), "UDP port \(port)")
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// - Parameter buffer: room for the largest datagram.
    /// - Returns: `nil` when nothing waits; an arrival without bytes for an empty datagram.
    func receive(into buffer: inout [UInt8]) -> Arrival? {
        var source = sockaddr_in()
        var control = ControlBlock()
        var length = 0
        repeat {
            length = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe withUnsafeMutablePointer(to: &source) { source in
                    unsafe withUnsafeMutableBytes(of: &control) { control in
                        var part = unsafe iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                        return unsafe withUnsafeMutablePointer(to: &part) { part in
                            var header = unsafe msghdr(
                                msg_name: source,
                                msg_namelen: socklen_t(MemoryLayout<sockaddr_in>.size),
                                msg_iov: part,
                                msg_iovlen: 1,
                                msg_control: control.baseAddress,
                                msg_controllen: control.count,
                                msg_flags: 0
                            )
                            return unsafe recvmsg(descriptor, &header, 0)
                        }
                    }
                }
            }
        } while length < 0 && errno == EINTR
        guard length >= 0 else { return nil }
        return Arrival(bytes: Array(buffer[..<length]), from: Sender(source), at: control.address)
    }

    /// Sends as `from`; what the system refuses is lost, as on a network.
    func send(_ bytes: [UInt8], to receiver: Sender, from: DeviceAddress) {
        var target = sockaddr_in(receiver)
        var control = ControlBlock(from: from)
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe withUnsafeMutablePointer(to: &target) { target in
                unsafe withUnsafeMutableBytes(of: &control) { control in
                    var part = unsafe iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
                    unsafe withUnsafeMutablePointer(to: &part) { part in
                        var header = unsafe msghdr(
                            msg_name: target,
                            msg_namelen: socklen_t(MemoryLayout<sockaddr_in>.size),
                            msg_iov: part,
                            msg_iovlen: 1,
                            msg_control: control.baseAddress,
                            msg_controllen: control.count,
                            msg_flags: 0
                        )
                        _ = unsafe sendmsg(descriptor, &header, Int32(MSG_NOSIGNAL))
                    }
                }
            }
        }
    }
}

/// One control message with an `in_pktinfo`, laid out as cmsg(3) says for 64-bit Linux: a header of 16 octets, 12 octets of
/// content, 4 of padding.
private struct ControlBlock {
    var length = 32
    var level: Int32 = 0
    var type: Int32 = 0
    var interface: Int32 = 0
    var local: UInt32 = 0
    var target: UInt32 = 0
    var padding: UInt32 = 0

    init() {}

    init(from address: DeviceAddress) {
        length = 28
        level = Int32(IPPROTO_IP)
        type = IP_PKTINFO
        local = address.number.bigEndian
    }

    /// The address that was asked.
    var address: DeviceAddress {
        guard level == Int32(IPPROTO_IP), type == IP_PKTINFO else { return DeviceAddress(number: 0) }
        return DeviceAddress(number: UInt32(bigEndian: target))
    }
}
