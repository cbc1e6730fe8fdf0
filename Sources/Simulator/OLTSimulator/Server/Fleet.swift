/// The devices of one process and the answers that are under way.
struct Fleet: Sendable {
    /// Of the recordings that were loaded.
    private(set) var problems: [RecordingProblem] = []
    private var devices: [SimulatedDevice] = []
    private var places: [DeviceAddress: Int] = [:]
    private var underWay = DueHeap<(place: Int, departure: SimulatedDevice.Departure)>()

    /// - Throws: `.recording` when a file cannot be used.
    init(_ settings: SimulatorSettings) throws(SimulatorError) {
        var tables: [TableKey: RowTable] = [:]
        for group in settings.groups {
            let key = TableKey(group)
            let rows: RowTable
            if let known = tables[key] { rows = known } else { rows = try load(group, isStrict: settings.isStrict) }
            tables[key] = rows
            for address in group.addresses {
                places[address] = devices.count
                devices.append(
                    SimulatedDevice(
                        address: address,
                        rows: rows,
                        isVaried: group.isVaried,
                        community: group.community,
                        seed: group.seed,
                        faults: group.faults,
                        octetsMax: settings.octetsMax,
                        hour: settings.hour
                    )
                )
            }
        }
    }

    private struct TableKey: Hashable {
        let source: SimulatorSettings.Group.Source
        let seed: UInt64

        init(_ group: SimulatorSettings.Group) {
            source = group.source
            switch group.source {
            case .recording: seed = 0
            case .generated: seed = group.seed
            }
        }
    }

    private mutating func load(_ group: SimulatorSettings.Group, isStrict: Bool) throws(SimulatorError) -> RowTable {
        switch group.source {
        case .generated(let shape): return shape.rows(seed: group.seed)
        case .recording(let file):
            do throws(RecordingError) {
                let recording = try Recording(file: file, isStrict: isStrict)
                problems += recording.bad + recording.repeated
                return recording.rows
            } catch {
                throw .recording(error)
            }
        }
    }

    var count: Int { devices.count }
    var nextDue: Duration? { underWay.nextDue }
    var reports: [DeviceReport] { devices.map(\.report) }

    func report(of address: DeviceAddress) -> DeviceReport? {
        places[address].map { devices[$0].report }
    }

    mutating func receive(_ datagram: [UInt8], at address: DeviceAddress, from sender: Sender, now: Duration) {
        guard let place = places[address] else { return }
        for departure in devices[place].receive(datagram, from: sender, at: now) {
            underWay.push((place, departure), due: departure.due)
        }
    }

    /// Answers whose time has come, in order; each counts as sent.
    mutating func departure(at now: Duration) -> SimulatedDevice.Departure? {
        guard let (place, departure) = underWay.pop(at: now) else { return nil }
        devices[place].departed(departure)
        return departure
    }

    /// - Returns: how many of the addresses are devices here; the others are left alone.
    mutating func setFaults(_ faults: Faults, at addresses: [DeviceAddress], now: Duration) -> Int {
        let known = addresses.compactMap { places[$0] }
        for place in known { devices[place].setFaults(faults, at: now) }
        return known.count
    }

    func hasDevice(at address: DeviceAddress) -> Bool { places[address] != nil }

    /// - Throws: what is wrong with the change; nothing happens where no device lives.
    mutating func change(_ address: DeviceAddress, _ change: SiteChange, now: Duration) throws(SiteError) {
        guard let place = places[address] else { return }
        try devices[place].change(change, at: now)
    }

    func units(of address: DeviceAddress, now: Duration) throws(SiteError) -> [UnitReport] {
        guard let place = places[address] else { return [] }
        return try devices[place].units(at: now)
    }

    mutating func resetAccounts() {
        for place in devices.indices { devices[place].resetAccount() }
    }
}

/// Why a simulator cannot start.
package enum SimulatorError: Error, Equatable, CustomStringConvertible {
    case settings(SettingsError)
    case recording(RecordingError)
    /// What was tried, and `errno`.
    case system(String, Int32)

    package var description: String {
        switch self {
        case .settings(let error): error.description
        case .recording(let error): error.description
        case .system(let what, let code): "\(what): \(SystemText.of(code))"
        }
    }
}
