/// Many names and values in a few flat arrays: nothing is allocated per row until a row is looked at.
package struct SNMPRows: Sendable {
    struct Entry: Sendable {
        var nameStart: UInt32
        var nameCount: UInt32
        var valueStart: UInt32
        var valueCount: UInt32
        var type: ValueType
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

    func isPresent(_ index: Int) -> Bool {
        switch entries[index].type {
        case .noSuchObject, .noSuchInstance, .endOfView: false
        case .integer, .gauge, .counter32, .counter64, .ticks, .octets, .oid, .address, .float, .double, .opaque, .null: true
        }
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
        arcs[nameRange(index)].elementsEqual(name.arcs)
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
