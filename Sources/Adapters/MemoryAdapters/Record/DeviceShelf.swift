import Domain

/// OLTs as operators entered them, with what is known of them, and the ONUs seen on them.
struct DeviceShelf: Sendable {
    private struct OLTRow: Sendable {
        let olt: OLT
        var facts = DeviceFacts()
        var reachable: Bool?
        var lastSeenAt: Timestamp?
        var onusTotal = 0
        var onusOnline = 0

        var summary: OLTSummary {
            OLTSummary(
                olt: olt,
                facts: facts == DeviceFacts() ? nil : facts,
                reachable: reachable,
                lastSeenAt: lastSeenAt,
                onusTotal: onusTotal,
                onusOnline: onusOnline
            )
        }
    }

    private var olts: [OLTID: OLTRow] = [:]
    private var onus: [OLTID: [String: ONURow]] = [:]
    private var lastID: Int64 = 0

    func access(_ id: OLTID) -> DeviceAccess? { olts[id]?.olt.access }

    // MARK: OLTs

    mutating func add(_ entry: OLTEntry, seal: (OLTID) throws -> SealedCredentials) throws(RecordError) -> OLT {
        guard !entry.name.isEmpty, !entry.name.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            throw .refused(operation: "add an OLT", message: "a name has at least one character that is no digit: digits alone are an id")
        }
        guard !olts.values.contains(where: { $0.olt.name == entry.name }) else {
            throw .conflict(what: "there is an OLT \"\(entry.name)\" already")
        }
        let id = OLTID(lastID + 1)
        let sealed: SealedCredentials
        do {
            sealed = try seal(id)
        } catch {
            throw .refused(operation: "add an OLT", message: "the credentials could not be sealed: \(error)")
        }
        let olt = OLT(
            id: id,
            name: entry.name,
            address: entry.address,
            version: entry.version,
            profile: entry.profile,
            enabled: true,
            limits: entry.limits,
            credentials: sealed
        )
        lastID += 1
        olts[id] = OLTRow(olt: olt)
        return olt
    }

    /// Digits alone are an id.
    func summary(_ nameOrID: String) -> OLTSummary? {
        if let id = Int64(nameOrID) { return olts[OLTID(id)]?.summary }
        return olts.values.first { $0.olt.name == nameOrID }?.summary
    }

    func named(_ namesOrIDs: Set<String>) -> [String: Admission.NamedOLT] {
        var named: [String: Admission.NamedOLT] = [:]
        for row in olts.values {
            for text in ["\(row.olt.id.value)", row.olt.name] where namesOrIDs.contains(text) {
                named[text] = .known(row.olt.id, enabled: row.olt.enabled)
            }
        }
        return named
    }

    func page(limit: Int, cursor: String?) -> Page<OLTSummary> {
        let limit = min(max(1, limit), 1000)
        let place = Self.numberAndText(cursor)
        let sorted = olts.values.map(\.summary).sorted { Self.isBefore(($0.olt.name, $0.olt.id.value), ($1.olt.name, $1.olt.id.value)) }
        let found = sorted.filter { summary in
            place.map { Self.isBefore(($0.text, $0.number), (summary.olt.name, summary.olt.id.value)) } ?? true
        }
        return Page.cut(Array(found.prefix(limit + 1)), limit: limit, total: olts.count) { "\($0.olt.id.value)_\($0.olt.name)" }
    }

    // MARK: ONUs

    func onus(_ filter: ONUFilter) -> Page<KnownONU> {
        let limit = min(max(1, filter.limit), 1000)
        let place = Self.numberAndText(filter.cursor)
        let part = filter.text?.withoutZero.lowercased()
        let found = onus.keys.sorted().filter { filter.olt == nil || $0 == filter.olt }.flatMap { olt in
            onus[olt, default: [:]].values.sorted { $0.observation.index.isBefore($1.observation.index) }.compactMap { row -> KnownONU? in
                guard filter.runStatus == nil || row.observation.runStatus == filter.runStatus else { return nil }
                guard part.map({ row.holds($0) }) ?? true else { return nil }
                if let place, olt.value < place.number || olt.value == place.number && !place.text.isBefore(row.observation.index) {
                    return nil
                }
                return olts[olt].map { row.known(olt, name: $0.olt.name) }
            }
        }
        return Page.cut(Array(found.prefix(limit + 1)), limit: limit) { "\($0.olt.value)_\($0.observation.index)" }
    }

    // MARK: Results

    /// Brings what succeeded attempts read from devices into the record; a device that did not answer is marked.
    mutating func take(_ ends: [RowChange], now: Timestamp) {
        for end in ends {
            guard let olt = end.row.admitted.olt, case .failed(let fault) = end.outcome?.verdict else { continue }
            if ["device_silent", "device_unreachable"].contains(fault.errorClass) { olts[olt]?.reachable = false }
        }
        for end in ends {
            guard case .succeeded = end.change, let olt = end.row.admitted.olt, olts[olt] != nil, let outcome = end.outcome,
                let result = outcome.device
            else { continue }
            take(result, of: olt, number: outcome.number, now: now)
        }
    }

    private mutating func take(_ result: DeviceResult, of olt: OLTID, number: DispatchNumber, now: Timestamp) {
        let isProbe = result.operation == .probe
        let isDiscovery = result.operation == .discovery
        if !isProbe {
            let known = result.coverage == .complete ? Set(result.columns) : []
            // An ONU that was observed twice counts as it was observed last.
            let last = Dictionary(result.observations.map { ($0.index, $0) }, uniquingKeysWith: { _, last in last })
            for observation in last.values {
                let index = observation.index.withoutZero
                onus[olt, default: [:]][index] = ONURow(
                    observation.withoutZero,
                    over: onus[olt]?[index],
                    known: known,
                    isDiscovery: isDiscovery,
                    seenBy: number,
                    now: now
                )
            }
            if isDiscovery, result.coverage == .complete {
                for (index, row) in onus[olt, default: [:]] where row.seenBy != number { onus[olt]?[index]?.isPresent = false }
            }
        }
        olts[olt]?.reachable = true
        olts[olt]?.lastSeenAt = now
        if let facts = result.facts { olts[olt]?.facts.fill(facts) }
        guard !isProbe else { return }
        let present = onus[olt, default: [:]].values.filter(\.isPresent)
        olts[olt]?.onusTotal = present.count
        olts[olt]?.onusOnline = present.count { $0.observation.runStatus == .online }
    }

    private static func numberAndText(_ cursor: String?) -> (number: Int64, text: String)? {
        guard let cursor, let end = cursor.firstIndex(of: "_"), let number = Int64(cursor[..<end]) else { return nil }
        return (number, String(cursor[cursor.index(after: end)...]))
    }

    private static func isBefore(_ left: (text: String, number: Int64), _ right: (text: String, number: Int64)) -> Bool {
        left.text == right.text ? left.number < right.number : left.text.isBefore(right.text)
    }
}

extension DeviceFacts {
    /// What is told replaces what was known; what is not told stays.
    fileprivate mutating func fill(_ told: DeviceFacts) {
        sysObjectID = told.sysObjectID?.withoutZero ?? sysObjectID
        sysDescription = told.sysDescription?.withoutZero ?? sysDescription
        sysName = told.sysName?.withoutZero ?? sysName
        upTimeTicks = told.upTimeTicks ?? upTimeTicks
    }
}

extension String {
    /// In order of bytes, as the record sorts.
    fileprivate func isBefore(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
