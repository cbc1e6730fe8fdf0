/// One or several commands in the wire format, in one piece of memory: encoded by the caller, off the reactor thread.
struct RedisRequest: Sendable {
    /// Bytes of one request; more is refused.
    static let bytesMax = 512 << 20

    /// The commands one after another, each followed by a zero byte, which the library looks at.
    private(set) var bytes: [UInt8] = []
    /// Where each command lies, without its zero byte.
    private(set) var commands: [Range<Int>] = []
    /// Name of the first command, for errors.
    private(set) var name = ""

    init(_ commands: [[RedisArgument]]) throws(RedisError) {
        bytes.reserveCapacity(commands.reduce(0) { $0 + $1.reduce(16) { $0 + $1.bytes.count + 16 } })
        self.commands.reserveCapacity(commands.count)
        for arguments in commands { try append(arguments) }
    }

    private mutating func append(_ arguments: [RedisArgument]) throws(RedisError) {
        guard let command = arguments.first, !command.bytes.isEmpty else { throw .invalidRequest(reason: "a command needs a name") }
        let name = String(decoding: command.bytes, as: UTF8.self)
        guard !Self.changesTheProtocol(name) else {
            throw .invalidRequest(reason: "\(name) changes what the connection speaks")
        }
        if commands.isEmpty { self.name = name }

        let start = bytes.count
        appendHeader("*", arguments.count)
        for argument in arguments {
            appendHeader("$", argument.bytes.count)
            bytes += argument.bytes
            bytes += [13, 10]
        }
        commands.append(start..<bytes.count)
        bytes.append(0)
        guard bytes.count <= Self.bytesMax else { throw .invalidRequest(reason: "\(name) is larger than \(Self.bytesMax) bytes") }
    }

    private mutating func appendHeader(_ mark: Unicode.Scalar, _ count: Int) {
        bytes.append(UInt8(truncatingIfNeeded: mark.value))
        bytes += String(count).utf8
        bytes += [13, 10]
    }

    /// Replies to these do not come one for one: they would break the order of tickets.
    private static func changesTheProtocol(_ name: String) -> Bool {
        switch name.lowercased() {
        case "subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe", "monitor", "hello", "reset",
            "quit", "sync", "psync":
            true
        default: false
        }
    }
}
