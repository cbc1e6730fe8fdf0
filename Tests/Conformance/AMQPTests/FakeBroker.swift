import Foundation
import Glibc

/// A listener on loopback that answers the first bytes of every client with prepared ones and then keeps still or hangs up.
final class FakeBroker: Sendable {
    let port: Int
    private let listener: Int32

    /// `hangsUp`: closes the connection after the answer instead of keeping still.
    init(answer: [UInt8], hangsUp: Bool) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) | listen(listener, 16) | getsockname(listener, $0, &size)
            }
        }
        guard result == 0 else { throw RawPublisher.Refused(what: "listen") }
        port = Int(UInt16(bigEndian: address.sin_port))
        self.listener = listener
        Thread.detachNewThread { Self.serve(listener, answer, hangsUp) }
    }

    deinit {
        _ = shutdown(listener, Int32(SHUT_RDWR))
        _ = Glibc.close(listener)
    }

    var url: String { "amqp://guest:guest@127.0.0.1:\(port)/" }

    private static func serve(_ listener: Int32, _ answer: [UInt8], _ hangsUp: Bool) {
        var kept: [Int32] = []
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            var seen = [UInt8](repeating: 0, count: 64)
            _ = recv(client, &seen, seen.count, 0)
            _ = Glibc.send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
            if hangsUp { _ = Glibc.close(client) } else { kept.append(client) }
        }
        for client in kept { _ = Glibc.close(client) }
    }
}
