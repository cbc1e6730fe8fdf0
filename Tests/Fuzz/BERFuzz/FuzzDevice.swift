import FuzzSupport
import Glibc

@testable import SNMP

/// A driver's session and the socket of the device it asks, on loopback.
final class FuzzDevice: Sendable {
    /// What UDP carries, less the frame around a list of bindings.
    static let datagramMax = 60_000

    private let descriptor: Int32
    private let target: SNMPTarget

    init() {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) | getsockname(descriptor, $0, &size) }
        }
        guard result == 0 else { fatalError("no socket: \(errno)") }
        self.descriptor = descriptor
        target = SNMPTarget(address: "127.0.0.1", port: UInt16(bigEndian: address.sin_port), community: Array("public".utf8))
    }

    /// The driver hears a datagram that nobody asked for.
    func hear(_ datagram: [UInt8]) {
        withSession { session in
            let request = ask(session)
            send(datagram, of: request)
            if case .answer(let answer) = session.read() { _ = answer.rows.map(\.value) }
        }
    }

    /// The driver hears an answer to its request; `look` sees the datagram and, if it was read, its rows.
    func answer(_ bindings: [UInt8], _ look: (_ datagram: [UInt8], _ rows: SNMPRows) -> Void) {
        withSession { session in
            let request = ask(session)
            let identity = withUnsafeBytes(of: request.id.bigEndian) { Array($0) }
            // The longest form of lengths, so that any size fits.
            let pdu = [2, 4] + identity + [2, 1, 0, 2, 1, 0] + Self.element(0x30, bindings)
            let datagram = Self.element(0x30, [2, 1, 1, 4, 6] + Array("public".utf8) + Self.element(0xA2, pdu))
            send(datagram, of: request)
            switch session.read() {
            case .answer(let answer): look(datagram, answer.rows)
            case .malformed, .nothing, .stray, .unreachable, .report, .untrusted: break
            }
        }
    }

    private struct Request {
        let id: Int32
        let sender: sockaddr_in
    }

    /// A session of its own for each input: what one leaves behind does not reach the next.
    private func withSession(_ body: (SNMPSession) -> Void) {
        do throws(SNMPError) {
            let session = try SNMPSession(target)
            defer { session.close() }
            body(session)
        } catch {
            fatalError("no session: \(error)")
        }
    }

    private func ask(_ session: SNMPSession) -> Request {
        do throws(SNMPSession.SendFailure) {
            let id = try session.send(Outgoing(operation: .get, names: [[1, 3, 6, 1, 2, 1, 1, 5, 0]], failures: 0))
            var sender = sockaddr_in()
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            var request = [UInt8](repeating: 0, count: 512)
            let count = withUnsafeMutablePointer(to: &sender) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { recvfrom(descriptor, &request, request.count, 0, $0, &size) }
            }
            guard count > 0 else { fatalError("no request: \(errno)") }
            return Request(id: id, sender: sender)
        } catch {
            fatalError("not sent: \(error)")
        }
    }

    private func send(_ datagram: [UInt8], of request: Request) {
        withUnsafePointer(to: request.sender) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(descriptor, datagram, datagram.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        [tag, 0x84] + withUnsafeBytes(of: UInt32(content.count).bigEndian) { Array($0) } + content
    }
}
