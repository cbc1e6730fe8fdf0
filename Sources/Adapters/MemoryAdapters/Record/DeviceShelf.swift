import Domain

/// OLTs as operators entered them, with what is known of them.
struct DeviceShelf: Sendable {
    private struct OLTRow: Sendable {
        var olt: OLT
        var operations: [OperationType: DeclaredOperation] = [:]
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
    private(set) var onus = ONUShelf()
    private var lastID: Int64 = 0

    func access(_ id: OLTID) -> DeviceAccess? { olts[id]?.olt.access }

    // MARK: OLTs

    mutating func add(_ entry: OLTEntry, seal: (OLTID) throws -> SealedCredentials) throws(RecordError) -> OLT {
        guard OLT.isName(entry.name) else { throw .noName(operation: "add an OLT") }
        guard !olts.values.contains(where: { $0.olt.name == entry.name }) else {
            throw .conflict(what: "there is an OLT \"\(entry.name)\" already")
        }
        try refuseDouble(entry.address)
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
            enabled: entry.isEnabled,
            limits: entry.limits,
            credentials: sealed,
            labels: entry.labels
        )
        lastID += 1
        olts[id] = OLTRow(olt: olt, operations: Dictionary(entry.operations.map { ($0.type, $0) }, uniquingKeysWith: { $1 }))
        return olt
    }

    private func refuseDouble(_ address: DeviceAddress, but id: OLTID? = nil) throws(RecordError) {
        let others = olts.values.filter { $0.olt.address == address && $0.olt.id != id }
        guard let other = others.min(by: { $0.olt.id < $1.olt.id })?.olt else { return }
        throw .conflict(what: "\(address) is the address of OLT \"\(other.name)\" already")
    }

    // MARK: Declarations

    mutating func change(_ nameOrID: String, _ change: OLTChange) throws(RecordError) -> OLTSummary? {
        guard let olt = summary(nameOrID)?.olt else { return nil }
        let changed = olt.changed(change)
        guard OLT.isName(changed.name) else { throw .noName(operation: "change an OLT") }
        guard !olts.values.contains(where: { $0.olt.name == changed.name && $0.olt.id != olt.id }) else {
            throw .conflict(what: "there is an OLT \"\(changed.name)\" already")
        }
        if changed.address != olt.address { try refuseDouble(changed.address, but: olt.id) }
        olts[olt.id]?.olt = changed
        return olts[olt.id]?.summary
    }

    mutating func remove(_ olt: OLTID) {
        olts[olt] = nil
        onus.forget(olt)
    }

    mutating func declare(_ operations: [DeclaredOperation], of olt: OLTID) -> Bool {
        guard olts[olt] != nil else { return false }
        for operation in operations { olts[olt]?.operations[operation.type] = operation }
        return true
    }

    mutating func undeclare(_ types: [OperationType], of olt: OLTID) -> [OperationType] {
        Set(types).sorted().filter { olts[olt]?.operations.removeValue(forKey: $0) != nil }
    }

    func declaration(of olt: OLTID) -> OLTDeclaration? {
        olts[olt].map { OLTDeclaration(olt, isEnabled: $0.olt.enabled, operations: Array($0.operations.values)) }
    }

    /// What the coordinator has to know of an OLT; `nil`: there is none.
    func standing(of olt: OLTID) -> OLTStanding? {
        guard let row = olts[olt], let declaration = declaration(of: olt) else { return nil }
        return OLTStanding(
            declaration: declaration,
            name: row.olt.name,
            profile: row.facts.profile ?? row.olt.profile,
            limits: row.olt.limits,
            onus: row.onusTotal
        )
    }

    /// In order.
    var ids: [OLTID] { olts.keys.sorted() }

    func declarations(after olt: OLTID?, limit: Int) -> [OLTDeclaration] {
        let later = olts.keys.filter { id in olt.map { id > $0 } ?? true }
        return later.sorted().prefix(max(0, limit)).compactMap(declaration(of:))
    }

    mutating func changeCredentials(
        of nameOrID: String,
        version: SNMPVersion,
        seal: (OLTID, _ revision: Int) throws -> SealedCredentials
    ) throws(RecordError) -> OLTSummary? {
        guard let olt = summary(nameOrID)?.olt else { return nil }
        do {
            olts[olt.id]?.olt = olt.changed(version: version, credentials: try seal(olt.id, olt.credentials.revision + 1))
        } catch {
            throw .refused(operation: "change credentials", message: "the credentials could not be sealed: \(error)")
        }
        return olts[olt.id]?.summary
    }

    func sealed(after olt: OLTID?, limit: Int) -> [SealedOLT] {
        let later = olts.values.map(\.olt).filter { known in olt.map { known.id > $0 } ?? true }
        return later.sorted { $0.id < $1.id }.prefix(limit).map { SealedOLT(olt: $0.id, name: $0.name, credentials: $0.credentials) }
    }

    mutating func reseal(_ olt: OLTID, from old: SealedCredentials, to new: SealedCredentials) -> Bool {
        guard let known = olts[olt]?.olt, known.credentials == old else { return false }
        olts[olt]?.olt = known.changed(version: known.version, credentials: new)
        return true
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

    func page(_ filter: OLTFilter) -> Page<OLTSummary> {
        let limit = min(max(1, filter.limit), 1000)
        let place = Self.numberAndText(filter.cursor)
        let fitting = olts.values.map(\.summary).filter { Self.fits($0, filter) }
        let sorted = fitting.sorted { Self.isBefore(($0.olt.name, $0.olt.id.value), ($1.olt.name, $1.olt.id.value)) }
        let found = sorted.filter { summary in
            place.map { Self.isBefore(($0.text, $0.number), (summary.olt.name, summary.olt.id.value)) } ?? true
        }
        return Page.cut(Array(found.prefix(limit + 1)), limit: limit, total: fitting.count) { "\($0.olt.id.value)_\($0.olt.name)" }
    }

    private static func fits(_ summary: OLTSummary, _ filter: OLTFilter) -> Bool {
        let olt = summary.olt
        if let text = filter.text?.lowercased(),
            !olt.name.lowercased().contains(text), !olt.address.host.lowercased().contains(text)
        {
            return false
        }
        if let profile = filter.profile, olt.profile != profile, summary.facts?.profile != profile { return false }
        if let isEnabled = filter.isEnabled, olt.enabled != isEnabled { return false }
        if let reach = filter.reach, OLTFilter.Reach(summary.reachable) != reach { return false }
        return filter.labels.allSatisfy { olt.labels[$0.key] == $0.value }
    }

    /// The names of OLTs, for what is told about their ONUs.
    var names: [OLTID: String] { olts.mapValues(\.olt.name) }

    // MARK: Results

    /// Brings what succeeded attempts read from devices into the record; a device that did not answer is marked.
    /// - Returns: what happened to ONUs, in order of OLT.
    mutating func take(_ ends: [RowChange], now: Timestamp) -> [ONUEvent] {
        for end in ends {
            guard let olt = end.row.admitted.olt, case .failed(let fault) = end.outcome?.verdict else { continue }
            if ["device_silent", "device_unreachable"].contains(fault.errorClass) { olts[olt]?.reachable = false }
        }
        let reads = ends.compactMap { end -> (olt: OLTID, number: DispatchNumber, result: DeviceResult)? in
            guard case .succeeded = end.change, let olt = end.row.admitted.olt, olts[olt] != nil, let outcome = end.outcome,
                let result = outcome.device
            else { return nil }
            return (olt, outcome.number, result)
        }
        var events: [ONUEvent] = []
        for read in reads.sorted(by: { $0.olt < $1.olt }) {
            olts[read.olt]?.reachable = true
            olts[read.olt]?.lastSeenAt = now
            if let facts = read.result.facts { olts[read.olt]?.facts.fill(facts) }
            guard read.result.operation != .probe else { continue }
            events += onus.take(read.result, of: read.olt, number: read.number, names: names, now: now)
            let present = onus.rows(of: read.olt).filter(\.isPresent)
            olts[read.olt]?.onusTotal = present.count
            olts[read.olt]?.onusOnline = present.count { $0.observation.runStatus == .online }
        }
        return events
    }

    static func numberAndText(_ cursor: String?) -> (number: Int64, text: String)? {
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
        profile = told.profile?.withoutZero ?? profile
        vendor = told.vendor?.withoutZero ?? vendor
    }
}

extension String {
    /// In order of bytes, as the record sorts.
    func isBefore(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
