package import Domain

/// A day of an operator's network.
package struct DaySettings: Sendable {
    package var seed: UInt64 = 1
    package var olts = 2_000
    package var hours = 24
    /// Runs at a time, of the whole fleet.
    package var slots = 200
    /// Of a hundred OLTs so many never answer.
    package var dead = 3
    /// Of a hundred OLTs so many take ten times as long.
    package var slow = 10
    /// Changes by operators in an hour.
    package var changes = 60
    package var rules = CoordinationRules()

    package init() {}

    /// What every OLT is asked at first.
    let operations = [
        DeclaredOperation(.discovery, cadence: .perPeriod(1)), DeclaredOperation(.get(.status), cadence: .perPeriod(4)),
        DeclaredOperation(.get(.optics), cadence: .perPeriod(2)),
    ]
}

/// What a day came to.
package struct DayReport: Sendable {
    package var olts = 0
    package var hours = 0
    package var operations = 0
    package var probes = 0
    package var changes = 0
    package var leaders = 0
    /// Turns of leaders that had been deposed without knowing.
    package var refusedTurns = 0
    /// Heavy operations that met another one at a device.
    package var overlaps = 0
    /// Of OLTs that answer and were not changed: required and completed operations in whole periods.
    package var requiredOfHealthy = 0
    package var completedOfHealthy = 0
    /// Periods of unchanged OLTs that missed their quota by the devices' own account.
    package var misses = 0
    package var violations = 0
    package var emergencies = 0
    /// What must not be.
    package var faults: [String] = []

    package var completion: Double { requiredOfHealthy == 0 ? 1 : Double(completedOfHealthy) / Double(requiredOfHealthy) }
}

extension DayReport: CustomStringConvertible {
    package var description: String {
        let percent = (completion * 100_000).rounded(.down) / 1000
        return "\(olts) OLTs, \(hours) h, \(operations) operations, \(probes) probes, \(changes) changes, \(leaders) leaders, "
            + "\(refusedTurns) turns of deposed ones refused; healthy OLTs \(completedOfHealthy) of \(requiredOfHealthy) (\(percent) %), "
            + "\(overlaps) overlaps, \(misses) misses, \(violations) violations, \(emergencies) emergencies, \(faults.count) faults"
    }
}
