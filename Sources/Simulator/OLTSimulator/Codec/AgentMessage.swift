/// One SNMP message of version 1 or 2c, as a request or as a response.
package struct AgentMessage: Equatable, Sendable {
    package enum Version: Int32, Sendable {
        case v1 = 0
        case v2c = 1
    }

    /// Tags of the PDUs (RFC 3416, section 3).
    package enum Kind: UInt8, Sendable {
        case get = 0xA0
        case getNext = 0xA1
        case response = 0xA2
        case set = 0xA3
        case getBulk = 0xA5
        case inform = 0xA6
        case trap = 0xA7
        case report = 0xA8
    }

    /// Values of the error-status field that a simulated device uses.
    package enum ErrorStatus: Int32, Sendable {
        case noError = 0
        case tooBig = 1
        case noSuchName = 2
        case genErr = 5
        case notWritable = 17
    }

    package struct Binding: Equatable, Sendable {
        package var name: ObjectName
        package var value: SimulatedValue

        package init(_ name: ObjectName, _ value: SimulatedValue = .null) {
            self.name = name
            self.value = value
        }
    }

    package var version: Version
    package var community: [UInt8]
    package var kind: Kind
    package var requestID: Int32
    /// error-status; in a GETBULK, non-repeaters.
    package var first: Int32
    /// error-index; in a GETBULK, max-repetitions.
    package var second: Int32
    package var bindings: [Binding]

    package init(
        version: Version = .v2c,
        community: String = "public",
        kind: Kind,
        requestID: Int32 = 1,
        first: Int32 = 0,
        second: Int32 = 0,
        bindings: [Binding] = []
    ) {
        self.version = version
        self.community = Array(community.utf8)
        self.kind = kind
        self.requestID = requestID
        self.first = first
        self.second = second
        self.bindings = bindings
    }

    /// Decodes a whole datagram.
    package init(decoding bytes: [UInt8]) throws(BERError) {
        var outer = BERReader(bytes)
        var message = try outer.element(BERTag.sequence)
        try outer.finish()
        let number = try message.element(BERTag.integer).signed()
        guard let raw = Int32(exactly: number), let version = Version(rawValue: raw) else { throw .version(number) }
        self.version = version
        community = try message.octets()
        var (tag, pdu) = try message.element()
        try message.finish()
        guard let kind = Kind(rawValue: tag) else { throw .unexpectedTag(tag) }
        self.kind = kind
        requestID = try pdu.integer32()
        first = try pdu.integer32()
        second = try pdu.integer32()
        var list = try pdu.element(BERTag.sequence)
        try pdu.finish()
        bindings = []
        while !list.isAtEnd {
            var binding = try list.element(BERTag.sequence)
            bindings.append(Binding(try binding.name(), try binding.value()))
            try binding.finish()
        }
    }

    package func encoded() -> [UInt8] {
        var list: [UInt8] = []
        var value: [UInt8] = []
        for binding in bindings {
            value.removeAll(keepingCapacity: true)
            BERWriter.append(binding.value, to: &value)
            BERWriter.append(binding: binding.name.arcs[...], encoded: value[...], to: &list)
        }
        return encoded(bindings: list)
    }

    /// Encodes with a list of bindings that is already encoded.
    func encoded(bindings list: [UInt8]) -> [UInt8] {
        var pdu: [UInt8] = []
        pdu.reserveCapacity(list.count + 24)
        for number in [requestID, first, second] { BERWriter.append(signed: Int64(number), to: &pdu) }
        BERWriter.append(BERTag.sequence, content: list, to: &pdu)
        var message: [UInt8] = []
        message.reserveCapacity(pdu.count + 40)
        BERWriter.append(signed: Int64(version.rawValue), to: &message)
        BERWriter.append(BERTag.octets, content: community, to: &message)
        BERWriter.append(kind.rawValue, content: pdu, to: &message)
        var datagram: [UInt8] = []
        datagram.reserveCapacity(message.count + 6)
        BERWriter.append(BERTag.sequence, content: message, to: &datagram)
        return datagram
    }
}
