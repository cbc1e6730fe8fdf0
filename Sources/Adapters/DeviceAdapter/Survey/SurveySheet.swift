import Domain
import SNMP

/// Collects the cells of a survey: joined by index, never by position.
struct SurveySheet {
    private struct Row {
        var observation: ONUObservation
        /// Listings that told of it, by their place.
        var listings = SmallSet()
        /// Where the device tells its port's name, while that is not known.
        var portName: (oid: OID, form: IndexForm.PortName)?
        /// Fields that are settled: a listing before `teller` told them, and the first one is believed.
        var settled = SmallSet()
        /// Fields that `teller` told; it may read them again.
        var told = SmallSet()
        /// The listing that tells now: they come in order.
        var teller = 0

        /// Whether a listing may still tell the field.
        mutating func believes(_ listing: Int, _ field: Profile.Field) -> Bool {
            if listing != teller {
                settled.formUnion(told)
                told = SmallSet()
                teller = listing
            }
            guard !settled.contains(field.place) else { return false }
            told.insert(field.place)
            return true
        }
    }

    private var rows: [String: Row] = [:]
    private var order: [String] = []
    private var gaps: [String] = []
    private var strangers = 0
    private(set) var ports: [String: PortCount] = [:]
    private var portOrder: [String] = []
    var requests = 0
    var notes = SurveyNotes()

    let profile: Profile

    init(profile: Profile) {
        self.profile = profile
    }

    var isEmpty: Bool { rows.isEmpty }

    var coverage: Coverage {
        var reasons = gaps
        if strangers > 0 { reasons.append("\(strangers) rows with an index that the profile \(profile.name) cannot read") }
        return reasons.isEmpty ? .complete : .partial(reason: reasons.joined(separator: "; "))
    }

    var survey: Survey {
        Survey(
            observations: order.compactMap { rows[$0]?.observation },
            coverage: coverage,
            requests: requests,
            ports: portOrder.compactMap { ports[$0] }
        )
    }

    mutating func missing(_ reason: String) {
        gaps.append(reason)
    }

    mutating func stranger(_ name: OID) {
        strangers += 1
        notes.stranger(name)
    }

    // MARK: Rows

    /// Enters one cell of an ONU.
    mutating func enter(_ reading: Profile.ValueType.Reading?, _ field: Profile.Field, of onu: FoundONU, listing: Int) {
        if rows[onu.index] == nil { order.append(onu.index) }
        var row = rows[onu.index] ?? Row(observation: ONUObservation(index: onu.index))
        row.listings.insert(listing)
        place(onu, in: &row)
        if let reading, row.believes(listing, field) { row.observation.set(field, to: reading) }
        rows[onu.index] = row
    }

    /// Notes an ONU of which nothing is told but that it is there.
    mutating func enter(_ onu: FoundONU, listing: Int) {
        if rows[onu.index] == nil { order.append(onu.index) }
        var row = rows[onu.index] ?? Row(observation: ONUObservation(index: onu.index))
        row.listings.insert(listing)
        place(onu, in: &row)
        rows[onu.index] = row
    }

    private func place(_ onu: FoundONU, in row: inout Row) {
        row.observation.onuID = row.observation.onuID ?? onu.onuID
        if let port = onu.port, row.observation.port == nil {
            row.observation.port = port
            row.portName = onu.portName
        }
        if row.observation.port == nil, row.portName == nil { row.portName = onu.portName }
    }

    /// Rows of a listing on each port; online ones only, or all.
    func seen(listing: Int, online: Bool = false) -> [String: Int] {
        var seen: [String: Int] = [:]
        for row in rows.values where row.listings.contains(listing) && (!online || row.observation.runStatus == .online) {
            if let port = row.observation.port { seen[port, default: 0] += 1 }
        }
        return seen
    }

    // MARK: Names of ports

    /// Names that are still to be asked.
    var unknownPortNames: [OID] {
        var seen: Set<OID> = []
        return order.compactMap { rows[$0]?.portName?.oid }.filter { seen.insert($0).inserted }
    }

    /// Gives every row whose port has a name of the device's that name.
    mutating func name(_ names: [OID: String]) {
        for (index, row) in rows {
            guard let portName = row.portName else { continue }
            var row = row
            if let name = names[portName.oid] { row.observation.port = portName.form.shortened(name) }
            row.portName = nil
            rows[index] = row
        }
    }

    // MARK: Counts

    mutating func count(_ port: String, counted: Int?, seen: Int) {
        if ports[port] == nil { portOrder.append(port) }
        ports[port] = PortCount(port: port, counted: counted, seen: seen)
    }
}

/// An ONU as a row's index tells it.
struct FoundONU {
    let index: String
    let port: String?
    let onuID: Int?
    /// Where the device tells the port's name, which is not known yet.
    let portName: (oid: OID, form: IndexForm.PortName)?
}

extension ONUObservation {
    /// Sets what a cell told.
    fileprivate mutating func set(_ field: Profile.Field, to reading: Profile.ValueType.Reading) {
        switch (field, reading) {
        case (.serial, .text(let text)): serial = text
        case (.mac, .text(let text)): mac = text
        case (.name, .text(let text)): name = text
        case (.description, .text(let text)): description = text
        case (.port, .text(let text)): port = text
        case (.model, .text(let text)): model = text
        case (.firmware, .text(let text)): firmware = text
        case (.adminStatus, .word(let word)): adminStatus = AdminStatus.allCases.first { $0.word == word }
        case (.runStatus, .word(let word)): runStatus = RunStatus.allCases.first { $0.word == word }
        case (.lastDownCause, .word(let word)), (.lastDownCause, .text(let word)):
            lastDownCause = word
            downClass = .other
        case (.lastDownCause, .cause(let word, let downClass)):
            lastDownCause = word
            self.downClass = downClass
        case (.distance, .number(let number)): distanceMetres = number
        case (.rxOnu, .number(let number)): rxOnuDbm = number
        case (.txOnu, .number(let number)): txOnuDbm = number
        case (.rxOlt, .number(let number)): rxOltDbm = number
        case (.temperature, .number(let number)): temperatureCelsius = number
        case (.voltage, .number(let number)): voltageVolts = number
        case (.bias, .number(let number)): biasMilliamps = number
        default: break
        }
    }
}
