import Glibc
import OLTSimulator

/// A UDP socket that asks simulated devices and hears every answer; nothing of our SNMP client.
final class LoopbackClient {
    private let descriptor: Int32
    private let port: UInt16

    init(port: UInt16) {
        self.port = port
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    }

    deinit {
        close(descriptor)
    }

    func send(_ bytes: [UInt8], to address: String) {
        var target = Self.socketAddress(address, port)
        _ = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// The next datagram and its source, or `nil` when none comes in time.
    func receive(within milliseconds: Int32 = 5000) -> (bytes: [UInt8], from: String, port: UInt16)? {
        var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&event, 1, milliseconds) == 1 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var source = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let count = withUnsafeMutablePointer(to: &source) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { recvfrom(descriptor, &buffer, buffer.count, 0, $0, &length) }
        }
        guard count >= 0 else { return nil }
        let address = DeviceAddress(number: UInt32(bigEndian: source.sin_addr.s_addr)).description
        return (Array(buffer[..<count]), address, UInt16(bigEndian: source.sin_port))
    }

    func ask(_ request: AgentMessage, at address: String, within milliseconds: Int32 = 5000) throws -> AgentMessage? {
        send(request.encoded(), to: address)
        return try receive(within: milliseconds).map { try AgentMessage(decoding: $0.bytes) }
    }

    /// One HTTP exchange with the account; the body's text, status line first.
    static func account(_ port: UInt16, _ request: String) -> String {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(connection) }
        var target = socketAddress("127.0.0.1", port)
        let result = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard result == 0 else { return "" }
        let bytes = Array(request.utf8)
        _ = Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return String(decoding: answer, as: UTF8.self) }
            answer += chunk[..<count]
        }
    }

    private static func socketAddress(_ text: String, _ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = (DeviceAddress(text)?.number ?? 0).bigEndian
        return address
    }
}

/// A running simulator on free ports that ends with the test.
final class RunningSimulator {
    let simulator: Simulator
    let client: LoopbackClient

    init(_ addresses: String = "127.10.0.1-127.10.0.4", faults: [String] = [], onus: Int = 16, octetsMax: Int = 1472) throws {
        let group = SimulatorSettings.Group(
            addresses: try DeviceAddress.list(addresses),
            source: .generated(try GeneratedShape(boards: 1, ports: 2, onus: onus)),
            seed: 7,
            faults: try Faults(faults)
        )
        let account = Sender(address: DeviceAddress(number: 0x7F00_0001), port: 0)
        simulator = try Simulator(SimulatorSettings(groups: [group], port: 0, account: account, octetsMax: octetsMax))
        try simulator.start()
        client = LoopbackClient(port: simulator.port)
    }

    deinit {
        simulator.stop()
    }

    func report(_ address: String = "127.10.0.1") -> DeviceReport? {
        DeviceAddress(address).flatMap { simulator.report(of: $0) }
    }
}
