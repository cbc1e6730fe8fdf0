import Domain
import SNMP

extension Surveyor {
    /// Names in one request on dear columns: each is measured at an ONU while the request waits.
    static let dearNamesMax = 6

    /// Walks the columns of these fields; dear ones alone, and not on ports that have no ONU.
    mutating func read(_ fields: [Profile.Field]) async throws(DeviceError) -> Survey {
        let present = try await presentColumns(of: fields) { _ in true }
        for (place, listing) in profile.listings.enumerated() {
            let listed = try await ports(of: listing, present)
            let unlisted =
                listed.isEmpty ? [] : book.unlistedPorts(listing.name, of: key).filter { arcs in !listed.contains { $0.arcs == arcs } }
            let ports =
                listed.filter { listing.ports?.counter?.skips($0) != true }
                + unlisted.map { ListedPort(arcs: $0, name: $0.map(String.init).joined(separator: "."), counted: nil) }
            for cost in Profile.Cost.allCases {
                let columns = sweep(of: listing, fields, present) { $0 == cost }
                guard columns.contains(where: { $0.column != nil }) else { continue }
                // Each dear column by itself: its rows come one by one as it is.
                let groups =
                    cost == .dear ? columns.filter { $0.column != nil }.map { [$0] + columns.filter { $0.column == nil } } : [columns]
                for (number, group) in groups.enumerated() {
                    try await read(reader(listing, place, group), ports, cost)
                    asker.permission.progress(RunStep(rows: 0, part: RunPart(.column, done: number + 1, of: groups.count)))
                }
            }
        }
        try await askPortNames()
        return try survey()
    }

    private mutating func read(_ reader: RowReader, _ ports: [ListedPort], _ cost: Profile.Cost) async throws(DeviceError) {
        var seen: Set<String> = []
        guard reader.listing.ports?.canBeWalked == true, !ports.isEmpty else {
            if let words = try await sweep(reader, below: [], cost: cost, into: &seen).words { sheet.missing("\(reader.what): \(words)") }
            return
        }
        var silent = 0
        for (number, port) in ports.enumerated() {
            guard silent < Self.silentPortsMax else {
                return sheet.missing("\(reader.what): \(ports.count - number) further ports were not asked, the device is silent")
            }
            let end = try await sweep(reader, below: port.arcs, cost: cost, into: &seen)
            silent = end.isSilence ? silent + 1 : 0
            if let words = end.words { sheet.missing("\(reader.what), port \(port.name): \(words)") }
            asker.permission.progress(RunStep(rows: 0, part: RunPart(.port, done: number + 1, of: ports.count)))
        }
    }

    /// Asks chosen ONUs by name, many in one request; cheap and dear columns apart.
    mutating func read(_ fields: [Profile.Field], of indexes: [String]) async throws(DeviceError) -> Survey {
        let good = indexes.filter { OID($0) != nil }
        if let bad = indexes.first(where: { OID($0) == nil }) { sheet.missing("\"\(bad)\" is no index of an ONU: dotted numbers are") }
        for (place, listing) in profile.listings.enumerated() {
            for isDear in [false, true] {
                let columns = sweep(of: listing, fields, nil) { ($0 == .dear) == isDear }.filter {
                    $0.column != nil && !isKnownMissing($0.oid)
                }
                guard !columns.isEmpty else { continue }
                let own = good.filter { listing.mayHave($0) }
                try await get(reader(listing, place, columns), own, namesMax: isDear ? Self.dearNamesMax : 20)
            }
        }
        return sheet.survey
    }

    private mutating func get(_ reader: RowReader, _ indexes: [String], namesMax: Int) async throws(DeviceError) {
        let pairs =
            switch profile.limits.asks {
            case .row: indexes.flatMap { index in reader.columns.map { (index, $0) } }
            case .column: reader.columns.flatMap { column in indexes.map { ($0, column) } }
            }
        var done = 0
        while done < pairs.count {
            let some = pairs[done..<min(done + namesMax, pairs.count)]
            let names = some.map { index, column in
                column.oid.appending(OID(index)?.arcs ?? []).appending(column.column?.suffix ?? [])
            }
            let cells = try await asker.get(names)
            sheet.requests += 1
            for (cell, pair) in zip(cells, some) { reader.read([cell], pair.1, [pair.0], into: &sheet) }
            done += some.count
            asker.permission.progress(RunStep(rows: some.count, part: RunPart(.request, done: done, of: pairs.count)))
        }
    }
}

extension Listing.Ports.Counter {
    /// Whether a port has no ONU for sure.
    func skips(_ port: ListedPort) -> Bool {
        !isUnverified && counted == .all && port.counted == 0
    }
}

extension RowReader {
    /// What a walk was for, in a coverage's words.
    var what: String {
        columns.compactMap { column in
            if case .field(let field) = column.role { field.rawValue } else { nil }
        }.joined(separator: ", ")
    }
}

extension Listing {
    /// Whether an ONU of this index may be in this table: boards of two kinds have tables of their own.
    func mayHave(_ index: String) -> Bool {
        guard interfaces == nil, let oid = OID(index) else { return true }
        return read(oid.arcs[...], suffix: []) != nil
    }
}
