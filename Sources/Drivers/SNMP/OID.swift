/// An object identifier: arcs of 32 bits, ordered as SNMP orders a tree.
package struct OID: Hashable, Sendable {
    /// The most arcs a name may have (RFC 3416, section 4.1).
    package static let arcsMax = 128

    package let arcs: [UInt32]

    package init(_ arcs: [UInt32]) {
        self.arcs = arcs
    }

    /// Reads dotted numbers, with or without a leading dot.
    /// - Returns: `nil` for names, empty arcs, arcs beyond 32 bits and more than 128 arcs.
    package init?(_ text: some StringProtocol) {
        let digits = text.hasPrefix(".") ? text.dropFirst() : text[...]
        guard !digits.isEmpty else { return nil }
        var arcs: [UInt32] = []
        for part in digits.split(separator: ".", omittingEmptySubsequences: false) {
            guard part.utf8.allSatisfy({ (48...57).contains($0) }), let arc = UInt32(part) else { return nil }
            arcs.append(arc)
        }
        guard arcs.count <= Self.arcsMax else { return nil }
        self.arcs = arcs
    }

    /// Whether this is `other` or the root of a tree that holds `other`.
    package func isPrefix(of other: OID) -> Bool {
        arcs.count <= other.arcs.count && other.arcs.starts(with: arcs)
    }

    /// The arcs of `name` behind this one; `nil` when `name` lies elsewhere.
    package func suffix(of name: OID) -> ArraySlice<UInt32>? {
        isPrefix(of: name) ? name.arcs[arcs.count...] : nil
    }

    /// Whether BER can spell it: 1 to 128 arcs, the first up to 2, the second below 40 under 0 and 1 (X.690, section 8.19).
    package var canBeSent: Bool {
        guard let first = arcs.first, first <= 2, arcs.count <= Self.arcsMax else { return false }
        return first == 2 || arcs.count < 2 || arcs[1] < 40
    }

    package func appending(_ more: some Sequence<UInt32>) -> OID {
        OID(arcs + more)
    }
}

extension OID: Comparable {
    package static func < (left: OID, right: OID) -> Bool {
        left.arcs.lexicographicallyPrecedes(right.arcs)
    }
}

extension OID: CustomStringConvertible {
    /// Dotted, without a leading dot.
    package var description: String {
        arcs.map { String($0) }.joined(separator: ".")
    }
}

extension OID: ExpressibleByArrayLiteral {
    package init(arrayLiteral arcs: UInt32...) {
        self.init(arcs)
    }
}
