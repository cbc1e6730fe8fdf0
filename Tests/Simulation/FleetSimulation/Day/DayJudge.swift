import Domain
import MemoryAdapters

/// Judges a day by the devices' own account.
struct DayJudge {
    let settings: DaySettings
    let record: RecordModel
    let network: DayNetwork
    let olts: [OLTID]
    /// OLTs that operators touched: what they owed is not counted here.
    let changed: Set<OLTID>

    func judge(_ report: inout DayReport) {
        report.olts = olts.count
        report.hours = settings.hours
        report.overlaps = network.overlaps
        let violations = record.allViolations
        report.violations = violations.count
        var told: [Place: QuotaViolation] = [:]
        for violation in violations where told.updateValue(violation, forKey: Place(violation.olt, violation.period.start)) != nil {
            report.faults.append("\(violation.olt) has two violations of \(violation.period)")
        }
        // The first hour is owed in part: everybody was entered when it had begun.
        for hour in 1..<max(1, settings.hours) {
            let start = Day.begin + .seconds(3600 * hour)
            for olt in olts where !changed.contains(olt) {
                judge(olt, start, told.removeValue(forKey: Place(olt, start)), &report)
            }
        }
        for (place, violation) in told where !changed.contains(place.olt) && place.start > Day.begin {
            report.faults.append("\(violation.olt) has a violation of \(violation.period), which is no hour of the day")
        }
        if report.overlaps > 0 { report.faults.append("\(report.overlaps) heavy operations met another one at their device") }
        report.faults += record.quotaFaults
    }

    private struct Place: Hashable {
        let olt: OLTID
        let start: Timestamp

        init(_ olt: OLTID, _ start: Timestamp) {
            self.olt = olt
            self.start = start
        }
    }

    private func judge(_ olt: OLTID, _ start: Timestamp, _ violation: QuotaViolation?, _ report: inout DayReport) {
        var worst = 1.0
        for operation in settings.operations {
            guard case .perPeriod(let required) = operation.cadence else { continue }
            let completed = network.count(olt, operation.type, start)
            worst = min(worst, Double(completed) / Double(required))
            guard !network.dead.contains(olt) else { continue }
            report.requiredOfHealthy += required
            report.completedOfHealthy += min(completed, required)
        }
        let expected = QuotaViolation.Severity(completion: worst)
        if expected != nil { report.misses += 1 }
        if expected != violation?.severity {
            report.faults.append(
                "\(olt), \(start): the device's account says \(expected?.rawValue ?? "met"), the coordinator \(violation?.severity.rawValue ?? "met")"
            )
        }
        if let violation, network.dead.contains(olt), !violation.causes.contains(.unreachable) {
            report.faults.append("\(olt), \(start): it never answered, and the causes are \(violation.causes.map(\.rawValue))")
        }
    }
}
