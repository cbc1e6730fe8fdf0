import Domain
import SNMP

/// One survey of one device at work: which columns it has, port by port where the index allows it, compared with its own counters.
struct Surveyor {
    /// Ports in a row without an answer after which the rest is not asked.
    static let silentPortsMax = 2
    /// Ports that were not listed and are walked all the same.
    private static let unlistedMax = 256

    let asker: DeviceAsker
    let profile: Profile
    let book: DeviceBook
    let key: DeviceBook.Key
    let repetitionsMax: Int
    var sheet: SurveySheet
    /// How the device fell silent, if it did.
    private var silence: DeviceError?

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
        return try survey()
    }

    /// What was read; a device that fell silent before it told of any ONU is an error, not an empty box.
    func survey() throws(DeviceError) -> Survey {
        if sheet.isEmpty, let silence { throw silence }
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
        var unlisted: [[UInt32]] = []
        var behind = [column] + ports.map { column.appending($0.arcs + [.max]) }
        while !behind.isEmpty, known.count < ports.count + Self.unlistedMax {
            let answer: [VarBind]?
            do throws(DeviceError) {
                answer = try await asker.next(after: behind)
            } catch {
                return try bear(error, "what lies behind the listed ports")
            }
            guard let cells = answer else { return }
            sheet.requests += (behind.count + 19) / 20
            let found = cells.filter(\.value.isPresent).compactMap { column.suffix(of: $0.name) }.filter { $0.count > count }.map {
                Array($0.prefix(count))
            }
            behind = []
            for arcs in Set(found).subtracting(known) {
                known.insert(arcs)
                unlisted.append(arcs)
                behind.append(column.appending(arcs + [.max]))
                var seen: Set<String> = []
                let end = try await sweep(reader, below: arcs, into: &seen)
                if let words = end.words { sheet.missing("port \(arcs.map(String.init).joined(separator: ".")): \(words)") }
            }
        }
        if !behind.isEmpty { sheet.missing("more than \(Self.unlistedMax) ports that the device does not list") }
        book.note(unlistedPorts: unlisted.sorted { $0.lexicographicallyPrecedes($1) }, listing.name, of: key)
    }

    /// What was read stays when a small question behind it fails; a visit that is over is over.
    mutating func bear(_ error: DeviceError, _ what: String) throws(DeviceError) {
        if case .stopped = error { throw error }
        guard !sheet.isEmpty else { throw error }
        sheet.missing("\(what): \(error.fault.message)")
    }

    private mutating func discoverWhole(
        _ listing: Listing,
        _ place: Int,
        _ columns: [SweepColumn],
        _ ports: [ListedPort]
    ) async throws(DeviceError) {
        let reader = reader(listing, place, columns)
        // All ports in one walk: there is no saying which one it is at.
        let (unit, total) = ports.isEmpty ? (RunPart.Unit.column, reader.oids.count) : (.port, ports.count)
        asker.permission.progress(RunStep(rows: 0, part: RunPart(unit, done: 0, of: total)))
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
        asker.permission.progress(RunStep(rows: 0, part: RunPart(unit, done: total, of: total)))
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

    // MARK: One walk

    /// How a walk ended, when it was not complete.
    struct Ending {
        var words: String?
        var isSilence = false
    }

    mutating func sweep(
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
            if reason.isSilence { silence = asker.error(reason) }
            return Ending(words: reason.words, isSilence: reason.isSilence)
        }
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
