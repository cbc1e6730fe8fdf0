import Foundation
import Glibc

/// A TCP connection to an HTTP server that sends any bytes, as no client would.
///
/// It blocks its caller for at most the time it is given.
final class RawHTTP {
    /// An answer as it stood on the wire.
    struct Answer: CustomStringConvertible {
        let status: Int
        /// Names in lower case.
        let headers: [String: String]
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        var description: String { "\(status) \(headers["content-type"] ?? "") \(text.prefix(400))" }
    }

    enum End: Equatable {
        /// The server closed the connection.
        case closed
        /// It is still open, and says nothing.
        case silent
    }

    /// POLLRDHUP, which Glibc's module does not show without _GNU_SOURCE.
    private static let peerClosed = 0x2000

    private let descriptor: Int32
    private var received: [UInt8] = []
    private var isClosed = false

    /// - Parameters:
    ///   - port: of 127.0.0.1.
    ///   - receiveBytes: how much the kernel keeps for a client that does not read; `nil`: as it likes, which is megabytes.
    /// - Throws: when nobody listens there.
    init(port: Int, receiveBytes: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw NotAsExpected("no socket: \(errno)") }
        if var receiveBytes { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBytes, socklen_t(MemoryLayout<Int32>.size)) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard status == 0 else { throw NotAsExpected("no connection to port \(port): \(errno)") }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(descriptor)
    }

    /// Sends until all is sent, the server closes, or takes nothing for so long; what it answers meanwhile is kept.
    /// - Returns: how many bytes were sent.
    @discardableResult
    func send(_ bytes: [UInt8], within limit: Duration = .seconds(5), reading: Bool = true) -> Int {
        let end = ContinuousClock.now + limit
        var sent = 0
        while sent < bytes.count, !isClosed, ContinuousClock.now < end {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 {
                sent += count
            } else if errno != EAGAIN {
                // What the server had said before it closed may still be there.
                if reading { receive() }
                isClosed = true
            } else {
                wait(for: Int16(POLLOUT) | (reading ? Int16(POLLIN) : 0), until: end)
                if reading { receive() }
            }
        }
        return sent
    }

    func send(_ text: String, within limit: Duration = .seconds(5)) {
        send(Array(text.utf8), within: limit)
    }

    /// The next answer; `nil` when none is complete in time or the connection ends before.
    func answer(within limit: Duration = .seconds(10)) -> Answer? {
        let end = ContinuousClock.now + limit
        repeat {
            if let answer = takeAnswer() { return answer }
            guard !isClosed else { return nil }
            wait(for: Int16(POLLIN), until: end)
            receive()
        } while ContinuousClock.now < end
        return takeAnswer()
    }

    /// Waits for the server to close.
    func end(within limit: Duration) -> End {
        let end = ContinuousClock.now + limit
        while !isClosed, ContinuousClock.now < end {
            wait(for: Int16(POLLIN), until: end)
            receive()
        }
        return isClosed ? .closed : .silent
    }

    /// Whether the server has ended the connection, without reading what came before.
    var isReset: Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(Self.peerClosed), revents: 0)
        return poll(&waiting, 1, 0) == 1 && waiting.revents & Int16(Self.peerClosed | Int(POLLERR | POLLHUP)) != 0
    }

    private func wait(for events: Int16, until end: ContinuousClock.Instant) {
        let rest = (end - ContinuousClock.now) / .milliseconds(1)
        var waiting = pollfd(fd: descriptor, events: events, revents: 0)
        _ = poll(&waiting, 1, Int32(max(0, min(rest, 100))))
    }

    private func receive() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !isClosed {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                received += buffer[..<count]
            } else if count == 0 || errno != EAGAIN {
                isClosed = true
            } else {
                return
            }
        }
    }

    /// Cuts a complete answer off what was received; all of Flotilla's have a length.
    private func takeAnswer() -> Answer? {
        guard let end = received.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.dropFirst().first.map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        guard received.count - end.upperBound >= length else { return nil }
        let body = Array(received[end.upperBound..<end.upperBound + length])
        received.removeFirst(end.upperBound + length)
        return Answer(status: status, headers: headers, body: body)
    }
}
