import Domain

/// ONUs as they are, what happened to them, what was measured, and what devices count on their ports.
struct ONUShelf: Sendable {
    private struct Counted: Sendable {
        let count: Int?
        let at: Timestamp
    }

    private var rows: [OLTID: [String: ONURow]] = [:]
    private var counts: [OLTID: [String: Counted]] = [:]
    private var readings: [OLTID: [String: [Reading]]] = [:]
    private var events: [(id: Int64, event: ONUEvent)] = []

    func rows(of olt: OLTID) -> [ONURow] { Array(rows[olt, default: [:]].values) }

    /// Forgets an OLT; what was measured stays.
    mutating func forget(_ olt: OLTID) {
        rows[olt] = nil
        counts[olt] = nil
        events.removeAll { $0.event.olt == olt }
    }

    // MARK: Results

    /// Takes over one reading of one OLT.
    mutating func take(
        _ result: DeviceResult,
        of olt: OLTID,
        number: DispatchNumber,
        names: [OLTID: String],
        now: Timestamp
    ) -> [ONUEvent] {
        let before = rows[olt, default: [:]]
        let known = result.coverage == .complete ? Set(result.columns) : []
        let isDiscovery = result.operation == .discovery
        // An ONU that was observed twice counts as it was observed last.
        let last = Dictionary(result.observations.map { ($0.index, $0) }, uniquingKeysWith: { _, last in last })
        for observation in last.values.map(\.withoutZero) {
            rows[olt, default: [:]][observation.index] = ONURow(
                observation,
                over: before[observation.index],
                known: known,
                isDiscovery: isDiscovery,
                seenBy: number,
                now: now
            )
            if let reading = Reading(observation, at: now) { readings[olt, default: [:]][observation.index, default: []].append(reading) }
        }
        var pairs = last.values.map(\.withoutZero).compactMap { seen -> SurveyJudge.Pair? in
            Self.pair(seen, over: before[seen.index], isDiscovery: isDiscovery)
        }
        if isDiscovery, result.coverage == .complete {
            for (index, row) in rows[olt, default: [:]] where row.isPresent && row.seenBy != number {
                rows[olt]?[index]?.isPresent = false
                pairs.append(SurveyJudge.Pair(before: ONUMark(row.observation, isPresent: true), after: nil))
            }
        }
        for port in result.ports { counts[olt, default: [:]][port.port.withoutZero] = Counted(count: port.counted, at: now) }
        let happened = judge(olt, before, pairs, names, now).judge(pairs)
        for event in happened { events.append(((events.last?.id ?? 0) + 1, event)) }
        return happened
    }

    /// `nil`: the ONU is as it was.
    private static func pair(_ seen: ONUObservation, over old: ONURow?, isDiscovery: Bool) -> SurveyJudge.Pair? {
        guard let old else { return SurveyJudge.Pair(before: nil, after: ONUMark(seen, isPresent: true)) }
        let before = ONUMark(old.observation, isPresent: old.isPresent)
        var after = ONUMark(seen, isPresent: old.isPresent || isDiscovery)
        after.port = after.port ?? before.port
        after.serial = after.serial ?? before.serial
        after.mac = after.mac ?? before.mac
        after.runStatus = after.runStatus ?? before.runStatus
        if seen.lastDownCause == nil { after.downClass = before.downClass }
        return SurveyJudge.Pair(before: before, after: after)
    }

    private func judge(
        _ olt: OLTID,
        _ before: [String: ONURow],
        _ pairs: [SurveyJudge.Pair],
        _ names: [OLTID: String],
        _ now: Timestamp
    ) -> SurveyJudge {
        var online: [String: Int] = [:]
        var offline: [String: Int] = [:]
        let present = before.values.filter(\.isPresent)
        for row in present {
            if row.observation.runStatus == .online { online[row.observation.port ?? "", default: 0] += 1 }
            if row.observation.runStatus == .offline { offline[row.observation.port ?? "", default: 0] += 1 }
        }
        var elsewhere: [String: SurveyJudge.Place] = [:]
        for pair in pairs where pair.before?.identity != pair.after?.identity {
            guard let mark = pair.after ?? pair.before, mark.identity != nil else { continue }
            elsewhere[mark.index] = place(of: mark, not: olt, names)
        }
        return SurveyJudge(
            olt: olt,
            now: now,
            isFirst: present.isEmpty,
            onlineBefore: online,
            offlineBefore: offline,
            elsewhere: elsewhere
        )
    }

    /// Where it was seen last; a MAC decides only for an ONU without a serial.
    private func place(of mark: ONUMark, not olt: OLTID, _ names: [OLTID: String]) -> SurveyJudge.Place? {
        let candidates = rows.flatMap { other, rows in
            rows.values.filter { row in
                guard other != olt || row.observation.index != mark.index else { return false }
                return mark.serial.map { row.observation.serial == $0 } ?? (row.observation.mac == mark.mac)
            }
            .map { (olt: other, row: $0) }
        }
        return candidates.max { ($0.row.isPresent ? 1 : 0, $0.row.lastSeenAt) < ($1.row.isPresent ? 1 : 0, $1.row.lastSeenAt) }
            .map { found in
                SurveyJudge.Place(
                    olt: found.olt,
                    oltName: names[found.olt] ?? "",
                    index: found.row.observation.index,
                    port: found.row.observation.port,
                    isPresent: found.row.isPresent
                )
            }
    }

    // MARK: Looking

    func page(_ filter: ONUFilter, names: [OLTID: String]) -> Page<KnownONU> {
        let limit = min(max(1, filter.limit), 1000)
        let place = DeviceShelf.numberAndText(filter.cursor)
        let found = known(of: filter.olt, names).filter { onu in
            if let place, onu.olt.value < place.number || onu.olt.value == place.number && !place.text.isBefore(onu.observation.index) {
                return false
            }
            return filter.takes(onu)
        }
        return Page.cut(Array(found.prefix(limit + 1)), limit: limit) { "\($0.olt.value)_\($0.observation.index)" }
    }

    func onu(_ olt: OLTID, _ index: String, names: [OLTID: String]) -> KnownONU? {
        rows[olt]?[index].flatMap { row in names[olt].map { row.known(olt, name: $0) } }
    }

    func find(_ search: ONUSearch, limit: Int, names: [OLTID: String]) -> [KnownONU] {
        let all = known(of: nil, names)
        let exact = all.filter { onu in
            [onu.observation.serial, onu.observation.mac].contains { $0.map(search.exact.contains) ?? false }
        }
        let holding = all.filter { onu in !exact.contains(onu) && onu.observation.holds(search.text.lowercased()) }
        return Array((exact.latestFirst + holding.latestFirst).prefix(limit))
    }

    func events(_ filter: ONUEventFilter, names: [OLTID: String]) -> Page<KnownONUEvent> {
        let limit = min(max(1, filter.limit), 1000)
        let before = filter.cursor.flatMap { Int64($0) } ?? .max
        let found = events.reversed().filter { entry in
            entry.id < before && filter.takes(entry.event)
        }
        .compactMap { entry in
            names[entry.event.olt].map { KnownONUEvent(id: entry.id, oltName: $0, event: entry.event) }
        }
        return Page.cut(Array(found.prefix(limit + 1)), limit: limit) { "\($0.id)" }
    }

    func readings(of olt: OLTID, _ index: String, since: Timestamp, limit: Int) -> [Reading] {
        let all = readings[olt]?[index] ?? []
        return Array(all.filter { $0.at >= since }.sorted { $0.at > $1.at }.prefix(limit))
    }

    func ports(of olt: OLTID) -> [PortState] {
        let present = rows(of: olt).filter(\.isPresent).filter { $0.observation.port != nil }
        let byPort = Dictionary(grouping: present) { $0.observation.port ?? "" }
        let counted = counts[olt, default: [:]]
        return Set(byPort.keys).union(counted.keys).sorted(by: PortState.isBefore).map { port in
            let onus = byPort[port, default: []]
            return PortState(
                port: port,
                total: onus.count,
                online: onus.count { $0.observation.runStatus == .online },
                offline: onus.count { $0.observation.runStatus == .offline },
                counted: counted[port]?.count,
                countedAt: counted[port]?.at
            )
        }
    }

    /// By OLT and index.
    private func known(of olt: OLTID?, _ names: [OLTID: String]) -> [KnownONU] {
        rows.keys.sorted().filter { olt == nil || $0 == olt }.flatMap { olt in
            rows[olt, default: [:]].values.sorted { $0.observation.index.isBefore($1.observation.index) }
                .compactMap { row in names[olt].map { row.known(olt, name: $0) } }
        }
    }
}

extension ONUFilter {
    fileprivate func takes(_ onu: KnownONU) -> Bool {
        (runStatus == nil || onu.observation.runStatus == runStatus)
            && (port == nil || onu.observation.port == port)
            && (isPresent == nil || onu.isPresent == isPresent)
            && (text.map { onu.observation.holds($0.withoutZero.lowercased()) } ?? true)
            && (rxOnuDbm.map { range in onu.observation.rxOnuDbm.map(range.contains) ?? false } ?? true)
    }
}

extension ONUEventFilter {
    fileprivate func takes(_ event: ONUEvent) -> Bool {
        (olt == nil || event.olt == olt) && (index == nil || event.index == index) && (kinds.isEmpty || kinds.contains(event.kind))
    }
}

extension [KnownONU] {
    /// Present ones before those that are gone, the latest seen first.
    fileprivate var latestFirst: [KnownONU] {
        sorted {
            ($0.isPresent ? 0 : 1, $1.lastSeenAt, $0.olt, $0.observation.index)
                < ($1.isPresent ? 0 : 1, $0.lastSeenAt, $1.olt, $1.observation.index)
        }
    }
}
