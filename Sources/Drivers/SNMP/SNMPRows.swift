/// Many names and values in a few flat arrays: nothing is allocated per row until a row is looked at.
package struct SNMPRows: Sendable {
    /// Laid out as `flotilla_snmp_varbind`, so that a page is copied in one go.
    struct Entry: Sendable {
        var nameStart: UInt32
        var nameCount: UInt32
        var valueStart: UInt32
        var valueCount: UInt32
        private let code: UInt32

        init(nameStart: UInt32, nameCount: UInt32, valueStart: UInt32, valueCount: UInt32, type: ValueType) {
            self.nameStart = nameStart
            self.nameCount = nameCount
            self.valueStart = valueStart
            self.valueCount = valueCount
            code = type.rawValue
        }

        var type: ValueType { ValueType(rawValue: code) ?? .null }

        /// False for the three answers that say why there is no value; they stand last in `ValueType`.
        var isPresent: Bool { code < ValueType.noSuchObject.rawValue }
    }

    private(set) var arcs: [UInt32] = []
    private(set) var octets: [UInt8] = []
    private(set) var entries: [Entry] = []

    package init() {}

    init(arcs: [UInt32], octets: [UInt8], entries: [Entry]) {
        self.arcs = arcs
        self.octets = octets
        self.entries = entries
    }

    /// Memory of the names and values, in octets.
    package var byteCount: Int { arcs.count * 4 + octets.count }

    package func name(at index: Int) -> OID {
        OID(Array(arcs[nameRange(index)]))
    }

    package func value(at index: Int) -> SNMPValue {
        let entry = entries[index]
        let bytes = octets[Int(entry.valueStart)..<Int(entry.valueStart + entry.valueCount)]
        return entry.type.value(of: bytes)
    }

    mutating func append(_ index: Int, of other: SNMPRows) {
        var entry = other.entries[index]
        let name = other.nameRange(index)
        let value = Int(entry.valueStart)..<Int(entry.valueStart + entry.valueCount)
        entry.nameStart = UInt32(arcs.count)
        entry.valueStart = UInt32(octets.count)
        arcs.append(contentsOf: other.arcs[name])
        octets.append(contentsOf: other.octets[value])
        entries.append(entry)
    }

    /// All rows of another page; without rows of its own it becomes that page, and nothing is copied.
    mutating func append(_ page: SNMPRows) {
        guard !entries.isEmpty else {
            self = page
            return
        }
        let (names, values) = (UInt32(arcs.count), UInt32(octets.count))
        arcs.append(contentsOf: page.arcs)
        octets.append(contentsOf: page.octets)
        entries.reserveCapacity(entries.count + page.entries.count)
        for entry in page.entries {
            var entry = entry
            entry.nameStart += names
            entry.valueStart += values
            entries.append(entry)
        }
    }

    mutating func append(_ row: VarBind) {
        let (type, bytes) = ValueType.spelled(row.value)
        entries.append(
            Entry(
                nameStart: UInt32(arcs.count),
                nameCount: UInt32(row.name.arcs.count),
                valueStart: UInt32(octets.count),
                valueCount: UInt32(bytes.count),
                type: type
            )
        )
        arcs.append(contentsOf: row.name.arcs)
        octets.append(contentsOf: bytes)
    }

    // MARK: Questions of a walk, answered without making a row

    func byteCount(at index: Int) -> Int {
        Int(entries[index].nameCount) * 4 + Int(entries[index].valueCount)
    }

    func isPresent(_ index: Int) -> Bool { entries[index].isPresent }

    /// How many of the first rows have a value, lie inside `root`, and each behind the one before, the first behind `cursor`.
    func orderedPrefix(behind cursor: OID, inside root: OID) -> Int {
        let names = arcs.span
        let rootArcs = root.arcs.span
        var earlier = cursor.arcs.span
        for place in entries.indices {
            let entry = entries[place]
            let start = Int(entry.nameStart)
            let name = names.extracting(start..<start + Int(entry.nameCount))
            guard entry.isPresent, Self.starts(name, with: rootArcs), Self.lies(name, behind: earlier) else { return place }
            earlier = name
        }
        return entries.count
    }

    private static func starts(_ name: Span<UInt32>, with root: Span<UInt32>) -> Bool {
        guard name.count >= root.count else { return false }
        for place in root.indices where name[place] != root[place] { return false }
        return true
    }

    private static func lies(_ name: Span<UInt32>, behind earlier: Span<UInt32>) -> Bool {
        for place in 0..<Swift.min(name.count, earlier.count) where name[place] != earlier[place] { return name[place] > earlier[place] }
        return name.count > earlier.count
    }

    func name(at index: Int, isInside root: OID) -> Bool {
        arcs[nameRange(index)].starts(with: root.arcs)
    }

    func name(at index: Int, isBehind name: OID) -> Bool {
        name.arcs.lexicographicallyPrecedes(arcs[nameRange(index)])
    }

    func name(at index: Int, isBehindRow earlier: Int) -> Bool {
        arcs[nameRange(earlier)].lexicographicallyPrecedes(arcs[nameRange(index)])
    }

    func name(at index: Int, is name: OID) -> Bool {
        let range = nameRange(index)
        let (names, wanted) = (arcs.span, name.arcs.span)
        guard range.count == wanted.count else { return false }
        for place in wanted.indices where names[range.lowerBound + place] != wanted[place] { return false }
        return true
    }

    private func nameRange(_ index: Int) -> Range<Int> {
        let entry = entries[index]
        return Int(entry.nameStart)..<Int(entry.nameStart + entry.nameCount)
    }
}

extension SNMPRows: RandomAccessCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { entries.count }

    package subscript(index: Int) -> VarBind {
        VarBind(name: name(at: index), value: value(at: index))
    }
}
