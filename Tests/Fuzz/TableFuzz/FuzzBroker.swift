import Glibc
import Synchronization

/// As much of a broker as a login needs, on loopback; after it the sockets' other ends belong to the fuzzer.
final class FuzzBroker: Sendable {
    let port: Int
    private let listener: Int32
    /// Written to once per client: its descriptor.
    private let ready: (reading: Int32, writing: Int32)
    /// What is said instead of a login; `nil`: a decent one.
    private let rudeWords = Mutex<[UInt8]?>(nil)

    init() {
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
        var pipes: [Int32] = [-1, -1]
        guard result == 0, pipe(&pipes) == 0 else { fatalError("no listener: \(errno)") }
        port = Int(UInt16(bigEndian: address.sin_port))
        self.listener = listener
        ready = (pipes[0], pipes[1])
        var thread = pthread_t()
        let this = Unmanaged.passRetained(self).toOpaque()
        let code = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<FuzzBroker>.fromOpaque(context).takeRetainedValue().serve()
                return nil
            },
            this
        )
        guard code == 0 else { fatalError("no thread: \(code)") }
    }

    /// What the next clients hear instead of a login.
    func beRude(_ words: [UInt8]?) {
        rudeWords.withLock { $0 = words }
    }

    /// Waits for the other end of the client that just tried.
    func nextClient() -> Int32 {
        var client: Int32 = -1
        guard Glibc.read(ready.reading, &client, 4) == 4 else { fatalError("the broker is gone: \(errno)") }
        return client
    }

    /// Resets the connection, so that no port is kept for minutes.
    static func hangUp(_ client: Int32) {
        var hard = linger(l_onoff: 1, l_linger: 0)
        setsockopt(client, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
        close(client)
    }

    private func serve() {
        while true {
            var client = accept(listener, nil, nil)
            guard client >= 0 else { fatalError("accept: \(errno)") }
            var on: Int32 = 1
            setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
            if let words = rudeWords.withLock({ $0 }) {
                _ = Self.take(8, client)
                Self.send(client, words)
                shutdown(client, Int32(SHUT_WR))
            } else {
                Self.logIn(client)
            }
            guard write(ready.writing, &client, 4) == 4 else { fatalError("pipe: \(errno)") }
        }
    }

    private static func logIn(_ client: Int32) {
        guard take(8, client) != nil else { return }
        send(client, Frame.method(0, 10, 10, [0, 9] + Frame.long([]) + Frame.long(Array("PLAIN".utf8)) + Frame.long(Array("en_US".utf8))))
        guard readFrame(client) != nil else { return }
        send(client, Frame.method(0, 10, 30, [7, 0xFF, 0, 2, 0, 0, 0, 0]))
        guard readFrame(client) != nil, readFrame(client) != nil else { return }
        send(client, Frame.method(0, 10, 41, [0]))
    }

    // MARK: Sockets

    @discardableResult
    static func send(_ client: Int32, _ bytes: some Collection<UInt8>) -> Bool {
        let bytes = Array(bytes)
        return Glibc.send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// Waits for one frame of the client.
    static func readFrame(_ client: Int32) -> [UInt8]? {
        guard let head = take(7, client) else { return nil }
        let count = head[3...6].reduce(0) { $0 << 8 | Int($1) }
        return take(count + 1, client).map { head + $0 }
    }

    private static func take(_ count: Int, _ client: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return recv(client, &bytes, count, Int32(MSG_WAITALL)) == count ? bytes : nil
    }
}

/// Frames of AMQP 0-9-1 by hand.
enum Frame {
    static func frame(_ type: UInt8, _ channel: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [type, 0, channel] + number(payload.count) + payload + [0xCE]
    }

    static func method(_ channel: UInt8, _ classID: UInt8, _ methodID: UInt8, _ arguments: [UInt8]) -> [UInt8] {
        frame(1, channel, [0, classID, 0, methodID] + arguments)
    }

    /// basic.deliver from nowhere.
    static let delivery = method(1, 60, 60, [1, 0x63] + [0, 0, 0, 0, 0, 0, 0, 1] + [0] + [1, 0x65] + [4] + Array("high".utf8))

    /// The head of a content with a table of headers, and its body.
    static func content(table: [UInt8], body: [UInt8]) -> [UInt8] {
        let head: [UInt8] = [0, 60, 0, 0, 0, 0, 0, 0] + number(body.count) + [0x20, 0] + long(table)
        return frame(2, 1, head) + (body.isEmpty ? [] : frame(3, 1, body))
    }

    static func long(_ bytes: [UInt8]) -> [UInt8] { number(bytes.count) + bytes }

    static func number(_ value: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(value).bigEndian) { Array($0) } }
}
