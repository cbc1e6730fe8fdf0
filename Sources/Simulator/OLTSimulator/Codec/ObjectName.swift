/// Name of an SNMP object: unsigned 32-bit arcs, ordered arc by arc (RFC 3416, section 4.2.2).
package struct ObjectName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// No more arcs than RFC 3416 allows in one name.
    package static let arcsMax = 128

    package var arcs: [UInt32]

    package init(_ arcs: [UInt32]) {
        self.arcs = arcs
    }

    /// Reads dotted text, with or without a leading dot; `nil` when an arc is missing or above 2^32 − 1.
    package init?(_ text: some StringProtocol) {
        self.init(digits: Array(text.utf8)[...])
    }

    /// Reads dotted text given as ASCII bytes.
    package init?(digits: ArraySlice<UInt8>) {
        var arcs: [UInt32] = []
        arcs.reserveCapacity(20)
        var arc: UInt32?
        let dot = UInt8(ascii: ".")
        for octet in digits.first == dot ? digits.dropFirst() : digits {
            if octet == dot {
                guard let done = arc else { return nil }
                arcs.append(done)
                arc = nil
                continue
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) else { return nil }
            let (tens, tooBig) = (arc ?? 0).multipliedReportingOverflow(by: 10)
            let (next, carried) = tens.addingReportingOverflow(UInt32(octet - UInt8(ascii: "0")))
            if tooBig || carried { return nil }
            arc = next
        }
        guard let last = arc, arcs.count < Self.arcsMax else { return nil }
        arcs.append(last)
        self.arcs = arcs
    }

    package static func < (left: ObjectName, right: ObjectName) -> Bool {
        left.arcs.lexicographicallyPrecedes(right.arcs)
    }

    package var description: String {
        arcs.map(String.init).joined(separator: ".")
    }

    /// Whether this name is `prefix` or lies below it.
    package func isWithin(_ prefix: ObjectName) -> Bool {
        arcs.starts(with: prefix.arcs)
    }

    package static func + (name: ObjectName, arcs: [UInt32]) -> ObjectName {
        ObjectName(name.arcs + arcs)
    }
}

extension ObjectName {
    /// 1.3.6.1.2.1.1, the system group: what a light request reads.
    static let system = ObjectName([1, 3, 6, 1, 2, 1, 1])
}
