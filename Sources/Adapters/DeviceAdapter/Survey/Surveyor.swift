import Domain
import SNMP

/// One survey of one device at work: which columns it has, port by port where the index allows it, compared with its own counters.
struct Surveyor {
    /// Ports in a row without an answer after which the rest is not asked.
    private static let silentPortsMax = 2
    /// Names in one GET of dear columns: each is measured at an ONU while the request waits.
    private static let dearNamesMax = 6
    /// Ports that were not listed and are walked all the same.
    private static let unlistedMax = 256

    let asker: DeviceAsker
    let profile: Profile
    let book: DeviceBook
    let key: DeviceBook.Key
    let repetitionsMax: Int
    var sheet: SurveySheet

    init(asker: DeviceAsker, profile: Profile, book: DeviceBook, key: DeviceBook.Key, repetitionsMax: Int) {
        self.asker = asker
        self.profile = profile
        self.book = book
        self.key = key
        self.repetitionsMax = repetitionsMax
        sheet = SurveySheet(profile: profile)
    }

    // MARK: Discovery

    /// Walks the cheap columns of every listing.
    /// - Returns: `nil` when the device has none of the profile's columns.
    mutating func discover() async throws(DeviceError) -> Survey? {
        let present = try await presentColumns(of: Profile.Field.allCases) { $0 == .cheap }
        guard !present.isEmpty else { return nil }
        for (place, listing) in profile.listings.enumerated() {
            let columns = sweep(of: listing, Profile.Field.allCases, present) { $0 == .cheap }
            let ports = try await ports(of: listing, present)
            if columns.isEmpty {
                noteEmpty(listing, ports)
            } else if listing.ports?.canBeWalked == true, !ports.isEmpty {
                try await discover(listing, place, columns, ports)
            } else {
                try await discoverWhole(listing, place, columns, ports)
            }
        }
        try await askPortNames()
        return sheet.survey
    }

    private mutating func discover(_ listing: Listing, _ place: Int, _ columns: [SweepColumn], _ ports: [ListedPort])
        async throws(DeviceError)
    {
        let reader = reader(listing, place, columns)
        var silent = 0
        for (number, port) in ports.enumerated() {
            guard silent < Self.silentPortsMax else {
                sheet.missing("\(ports.count - number) further ports were not asked, the device is silent")
                for port in ports[number...] { sheet.count(port.name, counted: port.counted, seen: 0) }
                break
            }
            var seen: Set<String> = []
            let end = try await sweep(reader, below: port.arcs, into: &seen)
            silent = end.isSilence ? silent + 1 : 0
            if let words = end.words {
                sheet.missing("port \(port.name): \(words)")
            } else if isShort(listing, port, seen.count) {
                _ = try await sweep(reader, below: port.arcs, gently: true, into: &seen)
                if isShort(listing, port, seen.count) { sheet.missing(words(port, seen.count)) }
            }
            sheet.count(port.name, counted: port.counted, seen: seen.count)
            asker.permission.progress(RunStep(rows: 0, part: RunPart(.port, done: number + 1, of: ports.count)))
        }
        if silent < Self.silentPortsMax { try await discoverUnlisted(reader, listing, ports) }
    }

    /// A port that the device does not list may have ONUs all the same: what lies behind each listed port must be a listed one.
    private mutating func discoverUnlisted(_ reader: RowReader, _ listing: Listing, _ ports: [ListedPort]) async throws(DeviceError) {
        guard let column = reader.columns.first?.oid, let count = listing.ports?.arcs else { return }
        var known = Set(ports.map(\.arcs))
        var behind = [column] + ports.map { column.appending($0.arcs + [.max]) }
        while !behind.isEmpty, known.count < ports.count + Self.unlistedMax {
            guard let cells = try await asker.next(after: behind) else { return }
            sheet.requests += (behind.count + 19) / 20
            let found = cells.filter(\.value.isPresent).compactMap { column.suffix(of: $0.name) }.filter { $0.count > count }.map {
                Array($0.prefix(count))
            }
            behind = []
            for arcs in Set(found).subtracting(known) {
                known.insert(arcs)
                behind.append(column.appending(arcs + [.max]))
                var seen: Set<String> = []
                let end = try await sweep(reader, below: arcs, into: &seen)
                if let words = end.words { sheet.missing("port \(arcs.map(String.init).joined(separator: ".")): \(words)") }
            }
        }
    }

    private mutating func discoverWhole(
        _ listing: Listing,
        _ place: Int,
        _ columns: [SweepColumn],
        _ ports: [ListedPort]
    ) async throws(DeviceError) {
        let reader = reader(listing, place, columns)
        var seen: Set<String> = []
        var end = try await sweep(reader, below: [], into: &seen)
        try await askPortNames()
        var byPort = sheet.seen(listing: place)
        if end.words == nil, ports.contains(where: { isShort(listing, $0, byPort[$0.name] ?? 0) }) {
            end = try await sweep(reader, below: [], gently: true, into: &seen)
            try await askPortNames()
            byPort = sheet.seen(listing: place)
        }
        if let words = end.words { sheet.missing("\(listing.name): \(words)") }
        for port in ports {
            let rows = byPort[port.name] ?? 0
            if end.words == nil, isShort(listing, port, rows) { sheet.missing(words(port, rows)) }
            sheet.count(port.name, counted: port.counted, seen: rows)
        }
    }

    /// A listing without a single column still tells what the ports say.
    private mutating func noteEmpty(_ listing: Listing, _ ports: [ListedPort]) {
        for port in ports {
            if isShort(listing, port, 0) { sheet.missing(words(port, 0)) }
            if sheet.ports[port.name] == nil { sheet.count(port.name, counted: port.counted, seen: 0) }
        }
    }

    /// Rows are missing when the device itself counts more; a counter of those online counts fewer, and one that nobody verified proves nothing.
    private func isShort(_ listing: Listing, _ port: ListedPort, _ seen: Int) -> Bool {
        guard let counter = listing.ports?.counter, !counter.isUnverified, let counted = port.counted else { return false }
        return seen < counted
    }

    private func words(_ port: ListedPort, _ seen: Int) -> String {
        "port \(port.name): \(seen) ONUs read, the device counts \(port.counted ?? 0)"
    }

    // MARK: Readings

    /// Walks the columns of these fields; dear ones alone, and not on ports that have no ONU.
    mutating func read(_ fields: [Profile.Field]) async throws(DeviceError) -> Survey {
        let present = try await presentColumns(of: fields) { _ in true }
        for (place, listing) in profile.listings.enumerated() {
            let ports = try await ports(of: listing, present).filter { listing.ports?.counter?.skips($0) != true }
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
        return sheet.survey
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
                let columns = sweep(of: listing, fields, nil) { ($0 == .dear) == isDear }.filter { $0.column != nil }
                guard !columns.isEmpty else { continue }
                try await get(reader(listing, place, columns), good, namesMax: isDear ? Self.dearNamesMax : 20)
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

    // MARK: One walk

    /// How a walk ended, when it was not complete.
    private struct Ending {
        var words: String?
        var isSilence = false
    }

    private mutating func sweep(
        _ reader: RowReader,
        below arcs: [UInt32],
        cost: Profile.Cost = .cheap,
        gently: Bool = false,
        into seen: inout Set<String>
    ) async throws(DeviceError) -> Ending {
        var options = WalkOptions(columnClass: ColumnClass(cost))
        if gently { options.repetitionsMax = max(1, min(repetitionsMax, DeviceLimits().varbindsMax / reader.oids.count) / 2) }
        let walked = await asker.walk(reader.oids.map { $0.appending(arcs) }, options)
        sheet.requests += walked.requests
        seen.formUnion(reader.read(walked.pages, into: &sheet))
        switch walked.end {
        case .complete: return Ending()
        case .partial(let reason), .refused(let reason):
            if let stop = asker.stopped(by: reason) { throw stop }
            return Ending(words: reason.words, isSilence: reason.isSilence)
        }
    }

    // MARK: What the device has

    /// One GETNEXT on every column that is wanted tells which of them the device has.
    private mutating func presentColumns(of fields: [Profile.Field], _ wanted: (Profile.Cost) -> Bool) async throws(DeviceError) -> Set<OID>
    {
        var names: [OID] = []
        for listing in profile.listings {
            let columns = Profile.Field.allCases.filter(fields.contains).compactMap { listing.columns[$0] }.filter { wanted($0.cost) }
            if !columns.isEmpty || listing.interfaces != nil {
                names += columns.flatMap(\.oids) + listing.filterColumns.map(\.oid)
            }
            names += PortList(listing: listing).candidates
        }
        var seen: Set<OID> = []
        names = names.filter { seen.insert($0).inserted }
        guard let cells = try await asker.next(after: names) else { return Set(names) }
        sheet.requests += (names.count + 19) / 20
        return Set(zip(names, cells).filter { $1.value.isPresent && $0.isPrefix(of: $1.name) }.map(\.0))
    }

    /// The columns to walk together; with `present` only those the device has.
    private func sweep(
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

    private func reader(_ listing: Listing, _ place: Int, _ columns: [SweepColumn]) -> RowReader {
        RowReader(listing: listing, place: place, columns: columns) { [book, key] in book.portName($0, of: key) }
    }

    // MARK: Ports

    /// The ports of a listing; none when the device does not list them.
    private mutating func ports(of listing: Listing, _ present: Set<OID>) async throws(DeviceError) -> [ListedPort] {
        let list = PortList(listing: listing)
        let columns = list.columns(present: present)
        guard !columns.isEmpty else { return [] }
        let walked = await asker.walk(columns, WalkOptions())
        sheet.requests += walked.requests
        switch walked.end {
        case .complete: break
        case .partial(let reason), .refused(let reason):
            if let stop = asker.stopped(by: reason) { throw stop }
            guard sheet.requests > walked.requests || !walked.pages.isEmpty else { throw asker.error(reason) }
            sheet.missing("list of ports: \(reason.words)")
            return []
        }
        try await ask(list.nameOIDs(walked.pages, columns: columns))
        return list.ports(walked.pages, columns: columns) { [book, key] in book.portName($0, of: key) }
    }

    /// Names of ports that rows point to and nobody asked for yet.
    private mutating func askPortNames() async throws(DeviceError) {
        let unknown = sheet.unknownPortNames
        try await ask(unknown)
        var names: [OID: String] = [:]
        for oid in unknown { names[oid] = book.portName(oid, of: key) }
        sheet.name(names)
    }

    private mutating func ask(_ names: [OID]) async throws(DeviceError) {
        let unknown = names.filter { book.portName($0, of: key) == nil }
        guard !unknown.isEmpty else { return }
        var told: [OID: String] = [:]
        for cell in try await asker.get(unknown) {
            if case .octets(let bytes) = cell.value {
                let name = PlainText.read(bytes)
                if !name.isEmpty { told[cell.name] = name }
            }
        }
        sheet.requests += (unknown.count + 19) / 20
        book.note(told, of: key)
    }
}

extension WalkReason {
    /// The device did not answer at all.
    var isSilence: Bool {
        switch self {
        case .timedOut, .unreachable, .malformed, .security: true
        default: false
        }
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
