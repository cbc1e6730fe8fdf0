import Glibc

/// AMQP by hand, for what no decent client sends: properties and frames as they are given.
///
/// It waits.
final class HostileClient {
    struct Refused: Error {
        let what: String
    }

    /// A message as it goes over the wire.
    struct Message {
        var contentType: String? = "application/json"
        var contentEncoding: String?
        /// Encoded already, without the length of the table.
        var headers: [UInt8] = []
        var priority: UInt8?
        var expiration: String?
        var messageID: String?
        var body: [UInt8] = []
        /// What the header says of the body's size; `nil`: the truth.
        var announcedSize: Int?
    }

    private static let bodyFrameMax = 131_072 - 8
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Refused(what: "connect") }
        try send(Array("AMQP".utf8) + [0, 0, 9, 1])
        _ = try receive()
        let plain = [0] + Array("guest".utf8) + [0] + Array("guest".utf8)
        try method(0, 10, 11, Self.long([]) + Self.short("PLAIN") + Self.long(plain) + Self.short("en_US"))
        _ = try receive()
        try method(0, 10, 31, [0x07, 0xFF] + Self.length(131_072) + [0, 0])
        try method(0, 10, 40, Self.short("/") + [0, 0])
        _ = try receive()
        try method(1, 20, 10, [0])
        _ = try receive()
    }

    deinit {
        _ = Glibc.close(descriptor)
    }

    func publish(_ message: Message, to exchange: String, key: String) throws {
        try method(1, 60, 40, [0, 0] + Self.short(exchange) + Self.short(key) + [0])
        var flags: UInt16 = 0
        var values: [UInt8] = []
        func add(_ bit: UInt16, _ value: [UInt8]?) {
            guard let value else { return }
            flags |= 1 << bit
            values += value
        }
        add(15, message.contentType.map(Self.short))
        add(14, message.contentEncoding.map(Self.short))
        add(13, message.headers.isEmpty ? nil : Self.long(message.headers))
        add(11, message.priority.map { [$0] })
        add(8, message.expiration.map(Self.short))
        add(7, message.messageID.map(Self.short))
        let size = message.announcedSize ?? message.body.count
        let content = [0, 60, 0, 0] + Self.length(0) + Self.length(size) + [UInt8(flags >> 8), UInt8(flags & 0xFF)] + values
        try send(frame(2, 1, content))
        var rest = message.body[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.bodyFrameMax)
            try send(frame(3, 1, Array(part)))
            rest = rest.dropFirst(part.count)
        }
    }

    /// Sends a frame that does not end as frames do.
    func sendBadEnd() throws {
        var bytes = frame(1, 1, [0, 60, 0, 40, 0, 0] + Self.short("") + Self.short("x") + [0])
        bytes[bytes.count - 1] = 0xCD
        try send(bytes)
    }

    /// Opens another channel, which the broker only answers after everything before.
    /// - Returns: whether it did; else it closed the channel or the connection.
    func isStillWelcome() -> Bool {
        do {
            try method(2, 20, 10, [0])
            let answer = try receive()
            // channel.open-ok on channel 2
            return answer.count >= 11 && answer[0] == 1 && answer[2] == 2 && answer[7...10].elementsEqual([0, 20, 0, 11])
        } catch {
            return false
        }
    }

    /// Whether the broker closes the channel or the connection; the channel's end may come after the answer about another channel.
    func isRefused() -> Bool {
        guard isStillWelcome() else { return true }
        guard let next = try? receive(), next.count >= 11 else { return false }
        return next[7...10].elementsEqual([0, 20, 0, 40]) || next[7...10].elementsEqual([0, 10, 0, 50])
    }

    // MARK: Fields

    /// One header: its key's bytes, the octet of its type and its value, whatever they are.
    static func field(_ key: [UInt8], _ type: Character, _ value: [UInt8]) -> [UInt8] {
        [UInt8(key.count)] + key + [type.asciiValue ?? 0] + value
    }

    static func text(_ key: String, _ value: String) -> [UInt8] { field(Array(key.utf8), "S", long(Array(value.utf8))) }

    static func whole(_ key: String, _ value: Int64) -> [UInt8] {
        field(Array(key.utf8), "l", withUnsafeBytes(of: value.bigEndian) { Array($0) })
    }

    /// A table in a table in a table, six bytes a level.
    static func tables(depth: Int) -> [UInt8] {
        (0..<depth).flatMap { [0, UInt8(ascii: "F")] + length((depth - 1 - $0) * 6) }
    }

    /// A list in a list in a list, five bytes a level.
    static func lists(depth: Int) -> [UInt8] {
        [1, UInt8(ascii: "a")] + (0..<depth).flatMap { [UInt8(ascii: "A")] + length((depth - 1 - $0) * 5) }
    }

    static func long(_ bytes: [UInt8]) -> [UInt8] { length(bytes.count) + bytes }

    private static func length(_ count: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(count).bigEndian) { Array($0) } }

    private static func short(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }

    // MARK: Frames

    private func frame(_ type: UInt8, _ channel: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [type, 0, channel] + Self.length(payload.count) + payload + [0xCE]
    }

    private func method(_ channel: UInt8, _ classID: UInt8, _ methodID: UInt8, _ arguments: [UInt8]) throws {
        try send(frame(1, channel, [0, classID, 0, methodID] + arguments))
    }

    private func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Refused(what: "send") }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads one frame, whatever it is.
    private func receive() throws -> [UInt8] {
        let head = try read(7)
        return head + (try read(head[3...6].reduce(0) { $0 << 8 | Int($1) } + 1))
    }

    private func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var have = 0
        while have < count {
            let got = bytes.withUnsafeMutableBytes { Glibc.recv(descriptor, $0.baseAddress?.advanced(by: have), count - have, 0) }
            guard got > 0 else { throw Refused(what: "receive") }
            have += got
        }
        return bytes
    }
}
