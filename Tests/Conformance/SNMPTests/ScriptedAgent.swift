import Foundation
import Synchronization

@testable import SNMP

/// What somebody asked of a `ScriptedAgent`.
struct AgentRequest: Sendable {
    /// From 0, in the order of arrival.
    let order: Int
    let version: Int64
    let community: [UInt8]
    /// 0xA0 GET, 0xA1 GETNEXT, 0xA5 GETBULK.
    let operation: UInt8
    let id: Int64
    let repetitions: Int
    let names: [OID]

    init?(_ datagram: ArraySlice<UInt8>, order: Int) {
        var outer = BERReader(datagram)
        guard let message = outer.next() else { return nil }
        var reader = BERReader(message.content)
        guard let version = reader.number(), let community = reader.next(), let pdu = reader.next() else { return nil }
        var fields = BERReader(pdu.content)
        guard let id = fields.number(), fields.number() != nil, let repetitions = fields.number(), let list = fields.next() else {
            return nil
        }
        var names: [OID] = []
        var bindings = BERReader(list.content)
        while let binding = bindings.next() {
            var binding = BERReader(binding.content)
            guard let name = binding.name() else { return nil }
            names.append(name)
        }
        self.order = order
        self.version = version
        self.community = Array(community.content)
        operation = pdu.tag
        self.id = id
        self.repetitions = Int(repetitions)
        self.names = names
    }
}

/// A device of one's own making on 127.0.0.1: a table, and a script that may answer otherwise.
final class ScriptedAgent: Sendable {
    /// The datagrams that answer a request; none is silence.
    typealias Script = @Sendable (AgentRequest, AgentTable) -> [[UInt8]]

    let port: UInt16
    private let descriptor: Int32
    private let state: Mutex<State>

    private struct State {
        var requests: [AgentRequest] = []
        var isStopped = false

        mutating func note(_ datagram: ArraySlice<UInt8>) -> AgentRequest? {
            guard let request = AgentRequest(datagram, order: requests.count) else { return nil }
            requests.append(request)
            return request
        }
    }

    init(_ rows: [VarBind] = [], script: @escaping Script = { $1.answer($0) }) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        self.descriptor = descriptor
        var size: Int32 = 64 << 20
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard descriptor >= 0, bound else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        port = UInt16(bigEndian: address.sin_port)
        state = Mutex(State())
        let table = AgentTable(rows)
        Thread.detachNewThread { [self] in serve(table, script) }
    }

    /// What arrived so far.
    var requests: [AgentRequest] { state.withLock { $0.requests } }

    func target(version: SNMPVersion = .v2c) -> SNMPTarget {
        SNMPTarget(address: "127.0.0.1", port: port, version: version, community: Array("public".utf8))
    }

    /// Ends the thread and closes the port.
    func stop() {
        state.withLock { $0.isStopped = true }
        send([0], to: port)
    }

    private func serve(_ table: AgentTable, _ script: Script) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var peer = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = withUnsafeMutablePointer(to: &peer) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { recvfrom(descriptor, &buffer, buffer.count, 0, $0, &length) }
            }
            if state.withLock({ $0.isStopped }) { break }
            guard count > 0, let request = state.withLock({ $0.note(buffer[..<count]) }) else { continue }
            for datagram in script(request, table) { send(datagram, to: UInt16(bigEndian: peer.sin_port)) }
        }
        close(descriptor)
    }

    private func send(_ datagram: [UInt8], to port: UInt16) {
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
