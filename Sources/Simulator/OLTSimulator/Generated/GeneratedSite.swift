/// What hangs on one generated device now: the ports of its shape, and what was done to them since.
package struct GeneratedSite: Sendable {
    package let shape: GeneratedShape
    private let seed: UInt64
    /// By position of the port.
    private var portOutages: [Int: Outage] = [:]
    /// By ordinal of the ONU; goes before its port's.
    private var unitOutages: [UInt32: Outage] = [:]
    /// Where ONUs hang that were moved, and `nil` for those that were taken away.
    private var changes: [UInt32: UnitPlace?] = [:]

    init(_ shape: GeneratedShape, seed: UInt64) {
        self.shape = shape
        self.seed = seed
    }

    // MARK: What is there

    /// The ports with the ONUs that hang on them now.
    var layout: [GeneratedShape.Port] {
        var layout = shape.layout(seed: seed)
        guard !changes.isEmpty else { return layout }
        for position in layout.indices { layout[position].units.removeAll { changes[$0.ordinal] != nil } }
        for case (let ordinal, let place?) in changes {
            layout[place.position].units.append(GeneratedShape.Unit(id: place.id, ordinal: ordinal))
        }
        for position in layout.indices { layout[position].units.sort { $0.id < $1.id } }
        return layout
    }

    func rows() -> RowTable { shape.vendor.tables.rows(layout, origin: (shape, seed)) }

    /// The ONUs that hang on a port now.
    func ordinals(ofPort position: Int) -> [UInt32] {
        let made = UInt32(position * shape.onus)..<UInt32((position + 1) * shape.onus)
        guard !changes.isEmpty else { return Array(made) }
        let came = changes.compactMap { ordinal, place in place?.position == position ? ordinal : nil }
        return made.filter { changes[$0] == nil } + came.sorted()
    }

    func outage(ofUnit ordinal: UInt32, _ faults: Faults, since: Duration) -> Outage? {
        if let outage = unitOutages[ordinal] { return outage }
        if portOutages.isEmpty && faults.portsDown.isEmpty { return nil }
        return outage(ofPort: position(ofUnit: ordinal), faults, since: since)
    }

    /// A port's outage by fault or by request.
    func outage(ofPort position: Int, _ faults: Faults, since: Duration) -> Outage? {
        if !faults.portsDown.isEmpty, let cause = faults.portsDown[shape.port(at: position)] { return Outage(cause, since: since) }
        return portOutages[position]
    }

    private func position(ofUnit ordinal: UInt32) -> Int {
        if let change = changes[ordinal], let place = change { return place.position }
        return shape.onus == 0 ? 0 : Int(ordinal) / shape.onus
    }

    // MARK: What is done

    /// Takes a port's ONUs off line for a cause.
    mutating func portDown(_ port: PortName, _ cause: Outage.Cause, at now: Duration) throws(SiteError) {
        portOutages[try position(of: port)] = Outage(cause, since: now)
    }

    mutating func unitDown(_ port: PortName, id: UInt32, _ cause: Outage.Cause, at now: Duration) throws(SiteError) {
        unitOutages[try unit(port, id).ordinal] = Outage(cause, since: now)
    }

    /// Takes an ONU away: its rows are gone.
    mutating func remove(_ port: PortName, id: UInt32) throws(SiteError) {
        changes.updateValue(nil, forKey: try unit(port, id).ordinal)
    }

    /// Hangs an ONU on another port, or gives it another id on its own; without a wanted one, the lowest that is free.
    mutating func move(_ port: PortName, id: UInt32, to target: PortName, as wanted: UInt32?) throws(SiteError) {
        let ordinal = try unit(port, id).ordinal
        let position = try position(of: target)
        let taken = Set(layout[position].units.map(\.id))
        let first = UInt32(shape.vendor.tables.firstID)
        let ids = first..<(first + 128)
        guard let free = wanted ?? ids.first(where: { !taken.contains($0) }) else { throw .full(target) }
        guard ids.contains(free), !taken.contains(free) else { throw .taken(target, free) }
        changes.updateValue(UnitPlace(position, target, id: free), forKey: ordinal)
    }

    /// Puts everything back where it was, or one port's ONUs, or one ONU, by the place it was made for; outages end.
    mutating func restore(_ port: PortName?, id: UInt32?, at now: Duration) throws(SiteError) {
        guard let port else {
            changes = [:]
            for key in portOutages.keys { Self.end(&portOutages[key], at: now) }
            for key in unitOutages.keys { Self.end(&unitOutages[key], at: now) }
            return
        }
        let position = try position(of: port)
        let units = shape.layout(seed: seed)[position].units.filter { id == nil || $0.id == id }
        guard !units.isEmpty || id == nil else { throw .noUnit(port, id ?? 0) }
        if id == nil { Self.end(&portOutages[position], at: now) }
        for unit in units {
            changes[unit.ordinal] = nil
            Self.end(&unitOutages[unit.ordinal], at: now)
        }
    }

    private static func end(_ outage: inout Outage?, at now: Duration) {
        if outage?.ended == nil { outage?.ended = now }
    }

    private func position(of port: PortName) throws(SiteError) -> Int {
        guard let position = shape.position(of: port) else { throw .noPort(port, shape.port(at: 0), shape.port(at: shape.portCount - 1)) }
        return position
    }

    private func unit(_ port: PortName, _ id: UInt32) throws(SiteError) -> GeneratedShape.Unit {
        guard let unit = layout[try position(of: port)].units.first(where: { $0.id == id }) else { throw .noUnit(port, id) }
        return unit
    }
}

/// Why a request about a generated device cannot be done.
package enum SiteError: Error, Equatable, CustomStringConvertible {
    case notGenerated
    case noPort(PortName, PortName, PortName)
    case noUnit(PortName, UInt32)
    case taken(PortName, UInt32)
    case full(PortName)

    package var description: String {
        switch self {
        case .notGenerated: "this device serves a recording; only generated ones (--vendor) have ports and ONUs that can be changed"
        case .noPort(let port, let first, let last): "no port \(port); ports are \(first) to \(last)"
        case .noUnit(let port, let id): "no ONU \(id) on port \(port)"
        case .taken(let port, let id): "port \(port) has no free id \(id)"
        case .full(let port): "port \(port) is full"
        }
    }
}
