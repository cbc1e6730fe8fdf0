import Domain
import SNMP

/// Collects the cells of a survey: joined by index, never by position.
struct SurveySheet {
    private let profile: Profile
    private var rows: [String: ONUObservation] = [:]
    private var order: [String] = []
    private var gaps: [String] = []
    private var strangers = 0
    var requests = 0
    private(set) var hasAnswers = false

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
        Survey(observations: order.compactMap { rows[$0] }, coverage: coverage, requests: requests)
    }

    mutating func missing(_ reason: String) {
        gaps.append(reason)
    }

    /// Enters one cell; a cell that says "nothing here" makes no row.
    mutating func enter(_ row: VarBind, _ field: Profile.Field, _ column: Profile.Column) {
        hasAnswers = true
        guard row.value.isPresent else { return }
        guard let arcs = column.oid.suffix(of: row.name), let (index, place) = profile.index.read(arcs, suffix: column.suffix) else {
            strangers += 1
            return
        }
        var observation = rows[index] ?? start(index, place)
        observation.set(field, to: column.type.read(row.value))
        rows[index] = observation
    }

    private mutating func start(_ index: String, _ place: IndexForm.Place) -> ONUObservation {
        order.append(index)
        var observation = ONUObservation(index: index)
        observation.port = place.port
        observation.onuID = place.onuID
        return observation
    }
}

extension ONUObservation {
    /// Sets what a cell told; no reading leaves the field unknown.
    fileprivate mutating func set(_ field: Profile.Field, to reading: Profile.ValueType.Reading?) {
        switch (field, reading) {
        case (.serial, .text(let text)): serial = text
        case (.mac, .text(let text)): mac = text
        case (.name, .text(let text)): name = text
        case (.description, .text(let text)): description = text
        case (.adminStatus, .word(let word)): adminStatus = AdminStatus.allCases.first { $0.word == word }
        case (.runStatus, .word(let word)): runStatus = RunStatus.allCases.first { $0.word == word }
        case (.lastDownCause, .word(let word)): lastDownCause = word
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
