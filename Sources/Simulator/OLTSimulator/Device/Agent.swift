/// Answers requests from rows: GET, GETNEXT, GETBULK and the refusal of SET, with the bounds of RFC 3416.
struct Agent {
    /// Where a walk stands, so that `stop-after` and `loop-after` can count its rows.
    struct Walk: Sendable {
        /// First row of this walk.
        var first: ObjectName?
        var last: ObjectName?
        var rows = 0
    }

    /// Where GETNEXT leads: a row of the table, or one of a table without end.
    enum Step {
        case row(Int)
        case endless(ObjectName, UInt32)
    }

    /// An encoded answer and what it took.
    struct Answer {
        var bytes: [UInt8]
        var varbinds = 0
        /// Time of the slow columns.
        var cost: Duration = .zero
    }

    let rows: RowTable
    let site: GeneratedSite?
    let identity: DeviceIdentity
    /// Whether serials and sysName of a recording differ by device.
    let isVaried: Bool
    let faults: Faults
    /// Since the simulator started.
    let faultsSince: Duration
    /// Most octets of an answer.
    let octetsMax: Int
    /// Since the device started.
    let elapsed: Duration
    let hasRestarted: Bool
    /// How often the device has started: snmpEngineBoots.
    let boots: Int32

    private var list: [UInt8] = []
    private var scratch: [UInt8] = []
    private var varbinds = 0
    private var cost: Duration = .zero

    init(
        rows: RowTable,
        site: GeneratedSite?,
        identity: DeviceIdentity,
        isVaried: Bool,
        faults: Faults,
        faultsSince: Duration,
        octetsMax: Int,
        elapsed: Duration,
        hasRestarted: Bool,
        boots: Int32
    ) {
        self.rows = rows
        self.site = site
        self.identity = identity
        self.isVaried = isVaried
        self.faults = faults
        self.faultsSince = faultsSince
        self.octetsMax = octetsMax
        self.elapsed = elapsed
        self.hasRestarted = hasRestarted
        self.boots = boots
    }

    /// - Returns: `nil` when this is no request.
    mutating func answer(_ request: AgentMessage, _ walk: inout Walk) -> Answer? {
        switch request.kind {
        case .get: get(request)
        case .getNext: getNext(request, &walk)
        case .getBulk: request.version == .v1 ? nil : getBulk(request, &walk)
        case .set: refusal(request, request.version == .v1 ? .noSuchName : .notWritable, index: request.bindings.isEmpty ? 0 : 1)
        case .response, .inform, .trap, .report: nil
        }
    }

    // MARK: Kinds

    private mutating func get(_ request: AgentMessage) -> Answer {
        for (index, binding) in request.bindings.enumerated() {
            if let row = rows.row(named: binding.name), !isHidden(row, request.version) {
                append(row)
            } else if request.version == .v1 {
                return refusal(request, .noSuchName, index: index + 1)
            } else {
                append(binding.name, missing(binding.name))
            }
        }
        return finished(request)
    }

    private mutating func getNext(_ request: AgentMessage, _ walk: inout Walk) -> Answer {
        begin(request.bindings.first?.name, &walk)
        for (index, binding) in request.bindings.enumerated() {
            if let place = next(binding.name, request.version, walk), !hasStopped(walk) {
                append(place)
                step(to: place, &walk, isFirst: index == 0)
            } else if request.version == .v1 {
                return refusal(request, .noSuchName, index: index + 1)
            } else {
                append(binding.name, .endOfMIBView)
            }
        }
        return finished(request)
    }

    private mutating func getBulk(_ request: AgentMessage, _ walk: inout Walk) -> Answer {
        let single = min(Int(max(request.first, 0)), request.bindings.count)
        let repeated = request.bindings[single...].map(\.name)
        begin((repeated.first ?? request.bindings.first?.name), &walk)
        for binding in request.bindings[..<single] {
            if let place = next(binding.name, .v2c, walk) { append(place) } else { append(binding.name, .endOfMIBView) }
        }
        guard list.count <= room(request) else { return refusal(request, .tooBig, index: 0) }
        let repetitions = repeated.isEmpty ? 0 : min(Int(max(request.second, 0)), faults.fewerRows ?? .max)
        var places = repeated.map { (name: $0, next: next($0, .v2c, walk)) }
        for _ in 0..<repetitions {
            var isOver = true
            for index in places.indices {
                let mark = (list.count, varbinds, cost)
                let place = hasStopped(walk) ? nil : places[index].next
                if let place { append(place) } else { append(places[index].name, .endOfMIBView) }
                if list.count > room(request), faults.tooBigOver == nil || place == nil {
                    cutBack(to: mark)
                    return varbinds == 0 ? refusal(request, .tooBig, index: 0) : finished(request)
                }
                guard let place else { continue }
                isOver = false
                step(to: place, &walk, isFirst: index == 0)
                places[index] = (name(of: place), following(place, walk))
            }
            if isOver || list.count > Self.listMax { break }
        }
        return finished(request)
    }

    // MARK: Rows

    /// Octets beyond which nothing fits into a datagram, whatever the settings say.
    private static let listMax = 65_507

    /// Octets that bindings may take in an answer to this request.
    private func room(_ request: AgentMessage) -> Int {
        let envelope = 2 * 4 + 3 + 2 + request.community.count + 4 + 3 * 6
        return octetsMax - envelope
    }

    /// Version 1 has no Counter64: those rows are not there (RFC 3584, section 4.2.2.1).
    private func isHidden(_ row: Int, _ version: AgentMessage.Version) -> Bool {
        version == .v1 && rows.isCounter64(row)
    }

    private func next(_ name: ObjectName, _ version: AgentMessage.Version, _ walk: Walk) -> Step? {
        if let after = faults.loopAfter, walk.rows >= after, let first = walk.first.flatMap({ rows.row(named: $0) }) { return .row(first) }
        if let table = faults.endless, let place = endless(table, after: name) { return place }
        var row = faults.isNotIncreasing ? rows.firstRow(notBefore: name) : rows.firstRow(after: name)
        while row < rows.count, isHidden(row, version) { row += 1 }
        return row < rows.count ? .row(row) : nil
    }

    /// The row behind a row, for GETBULK.
    private func following(_ place: Step, _ walk: Walk) -> Step? {
        guard case .row(let row) = place, faults.endless == nil, faults.loopAfter == nil else { return next(name(of: place), .v2c, walk) }
        if faults.isNotIncreasing { return place }
        return row + 1 < rows.count ? .row(row + 1) : nil
    }

    /// A row of the table without end, when the way from `name` leads into it.
    private func endless(_ table: ObjectName, after name: ObjectName) -> Step? {
        if name.isWithin(table) {
            let last = name.arcs.dropFirst(table.arcs.count).first ?? 0
            return last == .max ? nil : .endless(table + [last + 1], last + 1)
        }
        guard name < table else { return nil }
        let row = rows.firstRow(after: name)
        return row < rows.count && rows.name(ofRow: row) < table ? nil : .endless(table + [1], 1)
    }

    private func name(of place: Step) -> ObjectName {
        switch place {
        case .row(let row): rows.name(ofRow: row)
        case .endless(let name, _): name
        }
    }

    /// noSuchInstance when rows with the same column exist, noSuchObject otherwise.
    private func missing(_ name: ObjectName) -> SimulatedValue {
        guard name.arcs.count > 1 else { return .noSuchObject }
        let column = ObjectName(Array(name.arcs.dropLast()))
        for row in [rows.firstRow(notBefore: name), rows.firstRow(notBefore: name) - 1] where rows.count > row && row >= 0 {
            if rows.arcs(ofRow: row).starts(with: column.arcs) { return .noSuchInstance }
        }
        return .noSuchObject
    }

    private mutating func append(_ place: Step) {
        switch place {
        case .row(let row): append(row)
        case .endless(let name, let number):
            varbinds += 1
            append(name.arcs[...], computed: .integer(Int32(truncatingIfNeeded: number)))
        }
    }

    private mutating func append(_ row: Int) {
        let name = rows.arcs(ofRow: row)
        for slow in faults.slow where name.starts(with: slow.prefix.arcs) { cost += slow.each }
        varbinds += 1
        if row == rows.upTimeRow, hasRestarted, rows.cell(ofRow: row) == nil {
            append(name, computed: .timeTicks(UInt32(truncatingIfNeeded: elapsed.hundredths)))
        } else if let cell = rows.cell(ofRow: row) {
            append(name, computed: spoiled(value(of: cell), name))
        } else if isVaried, let value = identity.varied(rows.fixedValue(ofRow: row), name) {
            append(name, computed: value)
        } else if faults.spoilsText, let value = rows.value(ofRow: row) {
            append(name, computed: spoiled(value, name))
        } else {
            BERWriter.append(binding: name, encoded: rows.fixedValue(ofRow: row), to: &list)
        }
    }

    /// The text of a vendor's row in a hostile form, always the same for the same row.
    private func spoiled(_ value: SimulatedValue, _ name: ArraySlice<UInt32>) -> SimulatedValue {
        guard faults.spoilsText, case .octets(let text) = value, name.starts(with: [1, 3, 6, 1, 4, 1]) else { return value }
        var dice = SeededDice(seed: name.reduce(identity.key) { Scramble.mix($0, UInt64($1)) })
        if dice.happens(faults.huge) {
            return .octets([UInt8](repeating: UInt8(ascii: "A") + UInt8(dice.below(26)), count: HostileText.hugeCount))
        }
        return dice.happens(faults.hostile) ? .octets(HostileText.text(dice.below(HostileText.count), instead: text)) : value
    }

    private mutating func append(_ name: ObjectName, _ exception: SimulatedValue) {
        varbinds += 1
        append(name.arcs[...], computed: exception)
    }

    private mutating func append(_ name: ArraySlice<UInt32>, computed value: SimulatedValue) {
        scratch.removeAll(keepingCapacity: true)
        BERWriter.append(value, to: &scratch)
        BERWriter.append(binding: name, encoded: scratch[...], to: &list)
    }

    private mutating func cutBack(to mark: (octets: Int, varbinds: Int, cost: Duration)) {
        list.removeLast(list.count - mark.octets)
        varbinds = mark.varbinds
        cost = mark.cost
    }

    // MARK: Walks

    private func begin(_ name: ObjectName?, _ walk: inout Walk) {
        guard faults.countsRows, walk.last == nil || walk.last != name else { return }
        walk = Walk()
    }

    private func step(to place: Step, _ walk: inout Walk, isFirst: Bool) {
        guard faults.countsRows else { return }
        if let after = faults.loopAfter, walk.rows >= after { walk.rows = 0 }
        walk.rows += 1
        guard isFirst else { return }
        let name = name(of: place)
        walk.last = name
        if walk.first == nil { walk.first = name }
    }

    private func hasStopped(_ walk: Walk) -> Bool {
        faults.stopAfter.map { walk.rows >= $0 } ?? false
    }

    // MARK: Answers

    private func finished(_ request: AgentMessage) -> Answer {
        var reply = request
        reply.kind = .response
        (reply.first, reply.second) = (0, 0)
        let bytes = reply.encoded(bindings: list)
        guard bytes.count <= min(octetsMax, faults.tooBigOver ?? .max) else {
            var refused = refusal(request, .tooBig, index: 0)
            refused.cost = cost
            return refused
        }
        return Answer(bytes: bytes, varbinds: varbinds, cost: cost)
    }

    /// Version 1 sends the bindings back; so does version 2c, but for tooBig (RFC 3416, section 4.2.1).
    private func refusal(_ request: AgentMessage, _ status: AgentMessage.ErrorStatus, index: Int) -> Answer {
        var reply = request
        reply.kind = .response
        (reply.first, reply.second) = (status.rawValue, Int32(truncatingIfNeeded: index))
        if status == .tooBig && request.version == .v2c { reply.bindings = [] }
        return Answer(bytes: reply.encoded())
    }
}
