import Glibc

/// A few frames of AMQP by hand, for messages no decent client would send; it waits.
final class RawPublisher {
    struct Refused: Error {
        let what: String
    }

    private let descriptor: Int32

    /// `frameMax`: what is asked for, in bytes; a decent broker grants 128 KiB.
    init(port: Int, frameMax: Int = 131_072) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
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
        try method(0, 10, 11, long([]) + short("PLAIN") + long(plain) + short("en_US"))
        _ = try receive()
        try method(0, 10, 31, [0x07, 0xFF] + number(frameMax) + [0, 0])
        try method(0, 10, 40, short("/") + [0, 0])
        _ = try receive()
        try method(1, 20, 10, [0])
        _ = try receive()
    }

    func close() {
        _ = Glibc.close(descriptor)
    }

    /// Publishes through the default exchange with headers that are encoded already.
    func publish(to queue: String, headers: [UInt8], messageID: [UInt8] = []) throws {
        try method(1, 60, 40, [0, 0] + short("") + short(queue) + [0])
        let flags: UInt16 = 1 << 13 | (messageID.isEmpty ? 0 : 1 << 7)
        var content: [UInt8] = [0, 60, 0, 0] + number(0) + number(2) + [UInt8(flags >> 8), UInt8(flags & 0xFF)] + long(headers)
        if !messageID.isEmpty { content += [UInt8(messageID.count)] + messageID }
        try send(frame(2, 1, content))
        try send(frame(3, 1, [0x7B, 0x7D]))
    }

    /// One header with a value that has a length of four bytes.
    static func field(_ key: String, _ type: Character, _ value: [UInt8]) -> [UInt8] {
        [UInt8(key.utf8.count)] + Array(key.utf8) + [type.asciiValue ?? 0] + length(value.count) + value
    }

    /// A table in a table in a table.
    static func nested(depth: Int) -> [UInt8] {
        // Seven bytes a level: key length, key, type, four bytes of length; written from the outside in.
        let level = 7
        return (0..<depth).flatMap { [1, UInt8(ascii: "n"), UInt8(ascii: "F")] + length((depth - 1 - $0) * level) }
    }

    /// A list in a list in a list: the cheapest way down, five bytes a level.
    static func nestedLists(depth: Int) -> [UInt8] {
        [1, UInt8(ascii: "a")] + (0..<depth).flatMap { [UInt8(ascii: "A")] + length((depth - 1 - $0) * 5) }
    }

    private static func length(_ count: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(count).bigEndian) { Array($0) }
    }

    private func number(_ value: Int) -> [UInt8] { Self.length(value) }
    private func short(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }
    private func long(_ bytes: [UInt8]) -> [UInt8] { Self.length(bytes.count) + bytes }

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
        let count = head[3...6].reduce(0) { $0 << 8 | Int($1) }
        return try read(count + 1)
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
