/// What was measured at one ONU at one time.
package struct Reading: Hashable, Sendable {
    package let at: Timestamp
    package var runStatus: RunStatus?
    package var distanceMetres: Double?
    /// Powers in dBm.
    package var rxOnuDbm: Double?
    package var txOnuDbm: Double?
    package var rxOltDbm: Double?
    package var temperatureCelsius: Double?
    package var voltageVolts: Double?
    package var biasMilliamps: Double?

    package init(at: Timestamp) {
        self.at = at
    }

    /// `nil`: nothing was measured.
    package init?(_ observation: ONUObservation, at: Timestamp) {
        self.init(at: at)
        distanceMetres = observation.distanceMetres
        rxOnuDbm = observation.rxOnuDbm
        txOnuDbm = observation.txOnuDbm
        rxOltDbm = observation.rxOltDbm
        temperatureCelsius = observation.temperatureCelsius
        voltageVolts = observation.voltageVolts
        biasMilliamps = observation.biasMilliamps
        guard self != Reading(at: at) else { return nil }
        runStatus = observation.runStatus
    }
}

/// Where received power is good, and where it is not.
package struct OpticsClasses: Hashable, Sendable {
    package enum Grade: String, CaseIterable, Hashable, Sendable {
        case good, warning, critical

        package static let allowed = allCases.map(\.rawValue).joined(separator: ", ")
    }

    /// Below it a reading is `warning`, in dBm.
    package let warningBelow: Double
    /// Below it a reading is `critical`, in dBm; never above `warningBelow`.
    package let criticalBelow: Double

    /// Defaults as help desks of operators use them: good down to −25 dBm, critical below −28 dBm.
    package init(warningBelow: Double = -25, criticalBelow: Double = -28) {
        self.warningBelow = warningBelow
        self.criticalBelow = min(warningBelow, criticalBelow)
    }

    package func grade(_ dBm: Double) -> Grade {
        dBm < criticalBelow ? .critical : dBm < warningBelow ? .warning : .good
    }

    /// The powers of one grade, in dBm.
    package func range(of grade: Grade) -> Range<Double> {
        switch grade {
        case .good: warningBelow..<Double.infinity
        case .warning: criticalBelow..<warningBelow
        case .critical: -Double.infinity..<criticalBelow
        }
    }
}

/// ONUs of one port as the record knows them.
package struct PortState: Hashable, Sendable {
    package let port: String
    /// Present ONUs.
    package let total: Int
    package let online: Int
    package let offline: Int
    /// What the device counted itself at the last discovery; `nil`: it has no such counter.
    package let counted: Int?
    package let countedAt: Timestamp?

    package init(port: String, total: Int, online: Int, offline: Int, counted: Int?, countedAt: Timestamp?) {
        self.port = port
        self.total = total
        self.online = online
        self.offline = offline
        self.counted = counted
        self.countedAt = countedAt
    }
}

extension PortState {
    /// Ports by their numbers, where names have any: `0/2` stands before `0/10`.
    package static func isBefore(_ left: String, _ right: String) -> Bool {
        let (a, b) = (numbers(left), numbers(right))
        return a == b ? left < right : a.lexicographicallyPrecedes(b)
    }

    private static func numbers(_ name: String) -> [Int] {
        name.split { !("0"..."9").contains($0) }.map { Int($0) ?? .max }
    }
}
