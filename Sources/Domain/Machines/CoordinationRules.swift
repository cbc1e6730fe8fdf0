/// What the coordinator goes by.
package struct CoordinationRules: Hashable, Sendable {
    /// How long a period is, 10 s…24 h.
    package var period: Duration = .seconds(3600)
    /// How long after its end a period waits for what still runs, 0 s…1 h.
    package var grace: Duration = .seconds(60)
    /// Slots that are due within so much become tasks, 1 s…10 min.
    package var horizon: Duration = .seconds(10)
    /// A slot without a task is missed so long after its time, 1 s…1 h.
    package var lateAfter: Duration = .seconds(60)
    /// A newly enabled OLT is discovered within so much, 0 s…1 h.
    package var soon: Duration = .seconds(60)
    /// Idle time kept between two operations on one OLT, 0 s…10 min.
    package var gap: Duration = .seconds(1)
    /// Failed numbers in a row that suspend an OLT, 1…100.
    package var failuresMax = 3
    /// The pause before the first probe, doubled with each emergency up to `probeCeiling`; 100 ms…1 h.
    package var probeAfter: Duration = .seconds(5)
    /// 1 s…24 h.
    package var probeCeiling: Duration = .seconds(300)
    /// Attempts of one planned task, 1…20.
    package var attempts = 3
    /// The pause between them, 10 ms…10 min.
    package var attemptPause: Duration = .seconds(5)
    /// Columns that an operation reads, by profile: what a duration is guessed from before anything was run.
    package var columns: [String: [OperationType: Int]] = [:]

    package init() {}

    /// For periods of that length: pauses that suit an hour become shorter with it.
    package init(period: Duration) {
        self.period = period
        grace = min(grace, period / 10)
        horizon = max(.seconds(1), min(horizon, period / 12))
        lateAfter = max(.seconds(1), min(lateAfter, period / 20))
        soon = min(soon, period / 30)
        gap = min(gap, period / 600)
        probeAfter = max(.milliseconds(100), min(probeAfter, period / 60))
        probeCeiling = max(.seconds(1), min(probeCeiling, period / 6))
        attemptPause = max(.milliseconds(10), min(attemptPause, period / 60))
    }

    /// How long before its end the next period is planned, spread over the OLTs.
    func planAhead(of olt: OLTID) -> Duration {
        let most = min(period / 10, .seconds(300))
        return most / 2 + most / 2 * Int(Phase(olt, nil).value) / 65_536
    }
}

/// Where in its interval an OLT's operation is due: a hash, so that ten thousand OLTs do not ask on the same second.
package struct Phase: Hashable, Sendable {
    /// 0 to 65,535.
    package let value: UInt16

    package init(_ olt: OLTID, _ operation: OperationType?) {
        // The finishing steps of SplitMix64 (Steele, Lea, Flood, 2014).
        var mixed =
            UInt64(bitPattern: olt.value) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(operation.map { $0.rank + 1 } ?? 0) &* 0xD1B5_4A32_D192_ED03
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        value = UInt16(truncatingIfNeeded: mixed ^ (mixed >> 31))
    }
}

/// What is known of an OLT beside its book, when it is attended to.
package struct OLTStanding: Hashable, Sendable {
    package let declaration: OLTDeclaration
    package let name: String
    package let profile: String
    package let limits: DeviceLimits
    package let onus: Int

    package init(declaration: OLTDeclaration, name: String, profile: String, limits: DeviceLimits, onus: Int) {
        self.declaration = declaration
        self.name = name
        self.profile = profile
        self.limits = limits
        self.onus = onus
    }
}

/// A span without which a quota cannot be met: nobody led, or no worker lived.
package struct ServiceGap: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        case noWorkers = "no_workers"
        case noLeader = "no_leader"
    }

    package let kind: Kind
    package let from: Timestamp
    /// `nil`: it goes on.
    package let until: Timestamp?

    package init(_ kind: Kind, from: Timestamp, until: Timestamp?) {
        self.kind = kind
        self.from = from
        self.until = until
    }
}
