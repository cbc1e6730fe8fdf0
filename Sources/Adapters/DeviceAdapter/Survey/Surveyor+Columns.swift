import Domain
import SNMP

extension Surveyor {
    /// One GETNEXT on every column that is wanted tells which of them the device has; dear columns are asked apart, and seldom.
    mutating func presentColumns(of fields: [Profile.Field], _ wanted: (Profile.Cost) -> Bool) async throws(DeviceError) -> Set<OID> {
        var cheap: [OID] = []
        var present: Set<OID> = []
        for listing in profile.listings {
            let columns = Profile.Field.allCases.filter(fields.contains).compactMap { listing.columns[$0] }.filter { wanted($0.cost) }
            if !columns.isEmpty || listing.interfaces != nil {
                cheap += columns.filter { $0.cost != .dear }.flatMap(\.oids) + listing.filterColumns.map(\.oid)
            }
            cheap += PortList(listing: listing).candidates
            present.formUnion(try await presentDear(columns.filter { $0.cost == .dear }.flatMap(\.oids)))
        }
        return present.union(try await found(among: cheap))
    }

    /// Whether the device was found, within the last day, not to have a column.
    func isKnownMissing(_ oid: OID) -> Bool {
        book.has(oid, of: key, now: ContinuousClock.now) == false
    }

    /// Each answer here may be measured at an ONU: what is known is not asked again, and emptiness is believed only beside columns that have rows.
    private mutating func presentDear(_ names: [OID]) async throws(DeviceError) -> Set<OID> {
        let now = ContinuousClock.now
        var present = Set(names.filter { book.has($0, of: key, now: now) == true })
        let unknown = names.filter { book.has($0, of: key, now: now) == nil }
        var asked = 0
        while asked < unknown.count {
            let some = Array(unknown[asked..<min(asked + Self.dearNamesMax, unknown.count)])
            present.formUnion(try await found(among: some))
            asked += some.count
        }
        if !present.isEmpty {
            book.note(Dictionary(unknown.map { ($0, present.contains($0)) }) { first, _ in first }, of: key, now: now)
        }
        return present
    }

    private mutating func found(among names: [OID]) async throws(DeviceError) -> Set<OID> {
        var seen: Set<OID> = []
        let names = names.filter { seen.insert($0).inserted }
        guard !names.isEmpty else { return [] }
        guard let cells = try await asker.next(after: names) else { return Set(names) }
        sheet.requests += (names.count + 19) / 20
        return Set(zip(names, cells).filter { $1.value.isPresent && $0.isPrefix(of: $1.name) }.map(\.0))
    }

    /// The columns to walk together; with `present` only those the device has.
    func sweep(
        of listing: Listing,
        _ fields: [Profile.Field],
        _ present: Set<OID>?,
        _ wanted: (Profile.Cost) -> Bool
    ) -> [SweepColumn] {
        let filters = listing.filterColumns.filter { present?.contains($0.oid) ?? true }
        if listing.interfaces != nil, filters.isEmpty { return [] }
        return filters
            + Profile.Field.allCases.filter(fields.contains).compactMap { field in
                guard let column = listing.columns[field], wanted(column.cost) else { return nil }
                guard let oid = column.oids.first(where: { present?.contains($0) ?? true }) else { return nil }
                return SweepColumn(role: .field(field), oid: oid, column: column)
            }
    }

    func reader(_ listing: Listing, _ place: Int, _ columns: [SweepColumn]) -> RowReader {
        RowReader(listing: listing, place: place, columns: columns) { [book, key] in book.portName($0, of: key) }
    }
}

extension Listing {
    /// The columns of IF-MIB that tell which interfaces are ONUs.
    var filterColumns: [SweepColumn] {
        guard let interfaces else { return [] }
        var columns: [SweepColumn] = []
        if !interfaces.types.isEmpty { columns.append(SweepColumn(role: .type, oid: InterfaceTable.type, column: nil)) }
        if !interfaces.descriptions.isEmpty {
            columns.append(SweepColumn(role: .description, oid: InterfaceTable.description, column: nil))
        }
        if !interfaces.names.isEmpty { columns.append(SweepColumn(role: .name, oid: InterfaceTable.name, column: nil)) }
        return columns
    }
}
