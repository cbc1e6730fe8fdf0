/// Rows of a device in the order of their names, laid out flat so that thousands of devices share one copy.
///
/// A row is either fixed (its value is kept in BER) or computed (a cell says what each device makes of it).
package final class RowTable: Sendable {
    /// What stands in a computed row; `ordinal` is the ONU or the port it belongs to.
    struct Cell: Sendable {
        var formula: Formula
        var ordinal: UInt32
    }

    /// Shape and seed of generated rows; `nil` for a recording.
    package let origin: (shape: GeneratedShape, seed: UInt64)?

    private let arcs: [UInt32]
    private let arcStarts: [UInt32]
    private let payload: [UInt8]
    private let payloadStarts: [UInt32]
    /// 0 for a fixed row, else the place of its formula from 1 in the high 8 bits and the ordinal in the low 24.
    private let codes: [UInt32]
    private let formulas: [Formula]
    /// Row that holds sysUpTime.0, if any.
    let upTimeRow: Int?

    fileprivate init(_ builder: RowTableBuilder, origin: (GeneratedShape, UInt64)?) {
        arcs = builder.arcs
        arcStarts = builder.arcStarts
        payload = builder.payload
        payloadStarts = builder.payloadStarts
        codes = builder.codes
        formulas = builder.formulas
        self.origin = origin
        let upTime = (ObjectName.system + [3, 0]).arcs
        let row = Self.firstRow(notBefore: upTime[...], arcs, arcStarts)
        upTimeRow = row < codes.count && arcs[Int(arcStarts[row])..<Int(arcStarts[row + 1])].elementsEqual(upTime) ? row : nil
    }

    package var count: Int { codes.count }

    func arcs(ofRow row: Int) -> ArraySlice<UInt32> {
        arcs[Int(arcStarts[row])..<Int(arcStarts[row + 1])]
    }

    package func name(ofRow row: Int) -> ObjectName {
        ObjectName(Array(arcs(ofRow: row)))
    }

    /// The BER of a fixed row; empty for a computed one.
    func fixedValue(ofRow row: Int) -> ArraySlice<UInt8> {
        payload[Int(payloadStarts[row])..<Int(payloadStarts[row + 1])]
    }

    /// The value of a fixed row.
    func value(ofRow row: Int) -> SimulatedValue? {
        var reader = BERReader(Array(fixedValue(ofRow: row)))
        return try? reader.value()
    }

    func cell(ofRow row: Int) -> Cell? {
        guard codes[row] != 0 else { return nil }
        return Cell(formula: formulas[Int(codes[row] >> 24) - 1], ordinal: codes[row] & 0xFF_FFFF)
    }

    func isCounter64(_ row: Int) -> Bool {
        cell(ofRow: row).map(\.formula.isCounter64) ?? (fixedValue(ofRow: row).first == BERTag.counter64)
    }

    /// Row with exactly this name.
    package func row(named name: ObjectName) -> Int? {
        let row = firstRow(notBefore: name)
        return row < count && arcs(ofRow: row).elementsEqual(name.arcs) ? row : nil
    }

    /// First row behind this name; `count` at the end.
    package func firstRow(after name: ObjectName) -> Int {
        let row = firstRow(notBefore: name)
        return row < count && arcs(ofRow: row).elementsEqual(name.arcs) ? row + 1 : row
    }

    package func firstRow(notBefore name: ObjectName) -> Int {
        Self.firstRow(notBefore: name.arcs[...], arcs, arcStarts)
    }

    private static func firstRow(notBefore wanted: ArraySlice<UInt32>, _ arcs: [UInt32], _ starts: [UInt32]) -> Int {
        var low = 0
        var high = starts.count - 1
        while low < high {
            let middle = (low + high) / 2
            if arcs[Int(starts[middle])..<Int(starts[middle + 1])].lexicographicallyPrecedes(wanted) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}

/// Collects rows in any order and lays them out; a name that comes again is left out and told.
struct RowTableBuilder {
    /// A formula that the table knows.
    struct FormulaCode {
        fileprivate let number: UInt32
    }

    fileprivate private(set) var arcs: [UInt32] = []
    fileprivate private(set) var arcStarts: [UInt32] = [0]
    fileprivate private(set) var payload: [UInt8] = []
    fileprivate private(set) var payloadStarts: [UInt32] = [0]
    fileprivate private(set) var codes: [UInt32] = []
    fileprivate private(set) var formulas: [Formula] = []
    private var isOrdered = true

    var count: Int { codes.count }

    mutating func append(_ name: ObjectName, _ value: SimulatedValue) {
        BERWriter.append(value, to: &payload)
        close(name, code: 0)
    }

    /// Tells the table a formula, of which it holds 255 at most.
    mutating func formula(_ formula: Formula) -> FormulaCode {
        formulas.append(formula)
        return FormulaCode(number: UInt32(formulas.count))
    }

    mutating func append(_ name: ObjectName, computed formula: FormulaCode, ordinal: UInt32) {
        close(name, code: formula.number << 24 | ordinal & 0xFF_FFFF)
    }

    private mutating func close(_ name: ObjectName, code: UInt32) {
        let last = arcs.count
        arcs.append(contentsOf: name.arcs)
        if count > 0 { isOrdered = isOrdered && arcs[Int(arcStarts[count - 1])..<last].lexicographicallyPrecedes(arcs[last...]) }
        arcStarts.append(UInt32(arcs.count))
        payloadStarts.append(UInt32(payload.count))
        codes.append(code)
    }

    /// - Returns: the table, and the positions (in order of `append`) of rows whose name came before; the first one stays.
    func table(origin: (GeneratedShape, UInt64)? = nil) -> (RowTable, repeated: [Int]) {
        guard !isOrdered else { return (RowTable(self, origin: origin), []) }
        let order = (0..<count).sorted { left, right in
            if name(left).lexicographicallyPrecedes(name(right)) { return true }
            return left < right && name(left).elementsEqual(name(right))
        }
        var sorted = RowTableBuilder()
        sorted.formulas = formulas
        var repeated: [Int] = []
        var previous: Int?
        for row in order {
            if let previous, name(previous).elementsEqual(name(row)) {
                repeated.append(row)
                continue
            }
            sorted.payload += payload[Int(payloadStarts[row])..<Int(payloadStarts[row + 1])]
            sorted.close(ObjectName(Array(name(row))), code: codes[row])
            previous = row
        }
        sorted.isOrdered = true
        return (sorted.table(origin: origin).0, repeated.sorted())
    }

    private func name(_ row: Int) -> ArraySlice<UInt32> {
        arcs[Int(arcStarts[row])..<Int(arcStarts[row + 1])]
    }
}
