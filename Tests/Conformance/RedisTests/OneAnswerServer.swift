import Glibc
import Reactor

/// A TCP server on 127.0.0.1 that answers whatever it reads first with the same bytes, then hangs up.
final class OneAnswerServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let pool = BlockingPool(name: "test-answer")

    init(answering answer: [UInt8]) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length) | listen(listener, 16) | getsockname(listener, generic, &length)
            }
        }
        guard listener >= 0, status == 0 else { throw Unexpected(nil) }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        // Unstructured: it serves until `stop`, which ends its accept.
        Task { [pool] in try await pool.run { Self.serve(listener, answer) } }
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        pool.stop()
        close(listener)
    }

    private static func serve(_ listener: Int32, _ answer: [UInt8]) {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { return }
            var request = [UInt8](repeating: 0, count: 4096)
            _ = read(client, &request, request.count)
            _ = write(client, answer, answer.count)
            close(client)
        }
    }
}
