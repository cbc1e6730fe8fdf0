import Domain
import Wire

/// A violation in the words that leave the house.
struct Notice {
    let row: ViolationRow

    /// What tells a receiver that it has this one already.
    var key: String { "flotilla-violation-\(row.id)" }

    var payload: Payload {
        let violation = row.violation
        return [
            "type": "quota_violation",
            "id": .number(Double(row.id)),
            "olt": .object(["id": .number(Double(violation.olt.value)), "name": .text(row.oltName)]),
            "periodStart": .text("\(violation.period.start)"),
            "periodEnd": .text("\(violation.period.end)"),
            "severity": .text(violation.severity.rawValue),
            "completion": .number(violation.completion),
            "causes": .list(violation.causes.map { .text($0.rawValue) }),
            "report": .object(violation.report),
            "createdAt": .text("\(violation.createdAt)"),
        ]
    }

    var json: [UInt8] { Array(PayloadJSON.encode(payload).utf8) }

    /// For subjects and people.
    var headline: String {
        let percent = Int((row.violation.completion * 100).rounded())
        return "\(row.violation.severity.rawValue): \(row.oltName) met \(percent) % of its quota"
    }
}
