import Domain
import SNMP

/// What a walked column is for.
enum SweepRole: Hashable, Sendable {
    case field(Profile.Field)
    /// Tells whether an interface is an ONU, and where.
    case type, description, name
}

/// A column as it is walked at one device.
struct SweepColumn: Hashable, Sendable {
    let role: SweepRole
    let oid: OID
    let column: Profile.Column?
}

/// Brings rows of one listing into the sheet.
struct RowReader {
    let listing: Listing
    /// The listing's place in its profile.
    let place: Int
    let columns: [SweepColumn]
    /// Names of ports that are known already.
    let portName: (OID) -> String?

    /// What is walked: each OID once, also where two fields are told by one column.
    var oids: [OID] {
        var seen: Set<OID> = []
        return columns.map(\.oid).filter { seen.insert($0).inserted }
    }

    /// Reads the pages of one walk; a row that says "nothing here" makes no ONU.
    /// - Returns: the indexes of the ONUs in these pages.
    @discardableResult
    func read(_ pages: [SNMPRows], into sheet: inout SurveySheet) -> Set<String> {
        var indexes: Set<String> = []
        let cells = pages.flatMap { $0 }.flatMap { row in
            columns.filter { $0.oid.isPrefix(of: row.name) }.map { (row: row, column: $0) }
        }
        let onus = listing.interfaces.map { found($0, cells) }
        if let onus {
            for arc in onus.keys.sorted() {
                if let onu = onus[arc] {
                    sheet.enter(onu, listing: place)
                    indexes.insert(onu.index)
                }
            }
        }
        for (row, column) in cells {
            guard case .field(let field) = column.role, let type = column.column?.type, row.value.isPresent else { continue }
            guard let arcs = column.oid.suffix(of: row.name) else { continue }
            let onu: FoundONU
            if let onus {
                guard arcs.count == 1, let arc = arcs.first, let known = onus[arc] else { continue }
                onu = known
            } else {
                guard let read = listing.read(arcs, suffix: column.column?.suffix ?? []) else {
                    sheet.stranger(row.name)
                    continue
                }
                onu = self.onu(read.index, read.place)
            }
            let reading = type.read(row.value)
            sheet.notes.cell(row, reading, field, listing: place)
            sheet.enter(reading, field, of: onu, listing: place)
            indexes.insert(onu.index)
        }
        return indexes
    }

    /// Reads cells that were asked by name: one for each index.
    func read(_ cells: [VarBind], _ column: SweepColumn, _ indexes: [String], into sheet: inout SurveySheet) {
        guard case .field(let field) = column.role, let type = column.column?.type else { return }
        for (cell, index) in zip(cells, indexes) where cell.value.isPresent {
            let arcs = OID(index)?.arcs[...] ?? []
            let place = listing.interfaces == nil ? listing.read(arcs, suffix: [])?.place : nil
            var onu = place.map { self.onu(index, $0) } ?? FoundONU(index: index, port: nil, onuID: nil, portName: nil)
            // A name that is not known now is not asked for here: the record keeps what a discovery found.
            if onu.portName != nil { onu = FoundONU(index: index, port: nil, onuID: onu.onuID, portName: nil) }
            sheet.enter(type.read(cell.value), field, of: onu, listing: self.place)
        }
    }

    func onu(_ index: String, _ place: IndexForm.Place) -> FoundONU {
        guard let oid = place.portName, let form = listing.indexes.lazy.compactMap(\.portName).first else {
            return FoundONU(index: index, port: place.port, onuID: place.onuID, portName: nil)
        }
        if let name = portName(oid) {
            return FoundONU(index: index, port: form.shortened(name), onuID: place.onuID, portName: nil)
        }
        return FoundONU(index: index, port: place.port, onuID: place.onuID, portName: (oid, form))
    }

    // MARK: IF-MIB

    /// The interfaces that pass, by their number.
    private func found(_ filter: Listing.InterfaceFilter, _ cells: [(row: VarBind, column: SweepColumn)]) -> [UInt32: FoundONU] {
        var onus: [UInt32: FoundONU] = [:]
        for (row, column) in cells {
            guard let arcs = column.oid.suffix(of: row.name), arcs.count == 1, let arc = arcs.first else { continue }
            switch column.role {
            case .type:
                guard let type = row.value.wholeNumber, filter.types.contains(type), onus[arc] == nil else { continue }
                onus[arc] = interface(arc, numbers: nil)
            case .description:
                if let numbers = numbers(row.value, filter.descriptions) { onus[arc] = interface(arc, numbers: numbers) }
            case .name:
                if let numbers = numbers(row.value, filter.names) { onus[arc] = interface(arc, numbers: numbers) }
            case .field: continue
            }
        }
        return onus
    }

    private func numbers(_ value: SNMPValue, _ patterns: [NamePattern]) -> [String: UInt32]? {
        guard case .octets(let bytes) = value else { return nil }
        let name = PlainText.read(bytes)
        return patterns.lazy.compactMap { $0.read(name) }.first
    }

    private func interface(_ arc: UInt32, numbers: [String: UInt32]?) -> FoundONU {
        if let numbers, let form = listing.indexes.first { return onu("\(arc)", form.place(numbers)) }
        guard let read = listing.read([arc], suffix: []) else {
            return FoundONU(index: "\(arc)", port: nil, onuID: nil, portName: nil)
        }
        return onu(read.index, read.place)
    }
}
