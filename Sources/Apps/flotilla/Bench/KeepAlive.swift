import Glibc

/// One HTTP/1.1 connection to 127.0.0.1 that stays open: small, so that a bench measures the fleet and not its own client.
///
/// Blocks; belongs to one thread.
final class KeepAlive {
    private let descriptor: Int32
    private var received: [UInt8] = []
    private var chunk = [UInt8](repeating: 0, count: 1 << 16)

    /// - Parameter url: `http://127.0.0.1:PORT`.
    /// - Throws: `.nobodyAnswered` when nobody listens there.
    init(_ url: String) throws {
        guard let port = url.split(separator: ":").last.flatMap({ UInt16($0) }) else { throw CommandError(.failed, "no port in \(url)") }
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw CommandError(.nobodyAnswered, "no orchestrator answers at \(url)") }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    /// Posts and returns the body of the answer.
    /// - Throws: `.failed` unless the status is one of 200 to 299.
    func post(_ path: String, _ body: [UInt8], contentType: String) throws -> [UInt8] {
        let head = "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n\r\n"
        return try exchange(Array(head.utf8) + body)
    }

    func get(_ path: String) throws -> [UInt8] {
        try exchange(Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8))
    }

    private func exchange(_ request: [UInt8]) throws -> [UInt8] {
        try send(request)
        let head = try readHead()
        let status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let length = head.split(separator: "\r\n").compactMap { line -> Int? in
            guard line.lowercased().hasPrefix("content-length:") else { return nil }
            return line.split(separator: ":").last.flatMap { Int($0.drop { $0 == " " }) }
        }
        guard let length = length.first else { throw CommandError(.failed, "an answer has no length: \(head)") }
        while received.count < length { try receive() }
        let body = Array(received[..<length])
        received.removeFirst(length)
        guard (200..<300).contains(status) else {
            throw CommandError(.failed, "the orchestrator answered \(status): \(String(decoding: body.prefix(500), as: UTF8.self))")
        }
        return body
    }

    private func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent) }
            guard count > 0 else { throw CommandError(.nobodyAnswered, "the connection to the orchestrator broke") }
            sent += count
        }
    }

    private func readHead() throws -> String {
        let end: [UInt8] = [13, 10, 13, 10]
        while true {
            if let place = received.indices.first(where: { received[$0...].starts(with: end) }) {
                let head = String(decoding: received[..<place], as: UTF8.self)
                received.removeFirst(place + end.count)
                return head
            }
            try receive()
        }
    }

    private func receive() throws {
        let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { throw CommandError(.nobodyAnswered, "the connection to the orchestrator broke") }
        received += chunk[..<count]
    }
}
