import Foundation
import Glibc
import Synchronization

/// A web server of one's own: takes requests, and answers as told.
final class Receiver: Sendable {
    struct Request: Sendable {
        let head: String
        let body: String

        func header(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
                .map { $0.drop { $0 != ":" }.dropFirst().trimmingCharacters(in: .whitespaces) }
        }
    }

    enum Manner: Sendable {
        case status(Int)
        /// These bytes, and the connection closed.
        case bytes(String)
        /// Nothing, for ever.
        case silence
        /// A byte of a header now and then, for ever.
        case drip
        /// A good head and a body without end.
        case endless
    }

    let port: Int
    private let listener: Int32
    private let manner: Mutex<Manner>
    private let received = Mutex<[Request]>([])

    init(_ manner: Manner) throws {
        self.manner = Mutex(manner)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let size = length
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard bound, listen(listener, 16) == 0 else { throw CocoaError(.fileReadUnknown) }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        let accepting = Thread { [self] in acceptAll() }
        accepting.start()
    }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    var url: String { "http://127.0.0.1:\(port)/hook" }
    var requests: [Request] { received.withLock { $0 } }

    func answer(_ manner: Manner) { self.manner.withLock { $0 = manner } }

    private func acceptAll() {
        while true {
            let peer = accept(listener, nil, nil)
            guard peer >= 0 else { break }
            Thread { [self] in
                serve(peer)
                close(peer)
            }.start()
        }
        close(listener)
    }

    private func serve(_ peer: Int32) {
        guard let request = read(from: peer) else { return }
        received.withLock { $0.append(request) }
        switch manner.withLock({ $0 }) {
        case .status(let status): send("HTTP/1.1 \(status) Told\r\nLocation: \(url)/elsewhere\r\nContent-Length: 2\r\n\r\nok", to: peer)
        case .bytes(let text): send(text, to: peer)
        case .silence: waitForEnd(of: peer)
        case .drip:
            send("HTTP/1.1 ", to: peer)
            while send("2", to: peer) { poll(nil, 0, 50) }
        case .endless:
            send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", to: peer)
            while send("400\r\n\(String(repeating: "x", count: 1_024))\r\n", to: peer) {}
        }
    }

    private func read(from peer: Int32) -> Request? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(peer, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            bytes += chunk[..<count]
            let text = String(decoding: bytes, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let request = Request(head: String(text[..<end.lowerBound]), body: String(text[end.upperBound...]))
            if request.body.utf8.count >= request.header("Content-Length").flatMap({ Int($0) }) ?? 0 { return request }
        }
    }

    private func waitForEnd(of peer: Int32) {
        var byte: UInt8 = 0
        while recv(peer, &byte, 1, 0) > 0 {}
    }

    @discardableResult
    private func send(_ text: String, to peer: Int32) -> Bool {
        let bytes = Array(text.utf8)
        return Glibc.send(peer, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }
}
