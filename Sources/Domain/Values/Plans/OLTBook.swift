/// All that the coordinator knows of one OLT.
///
/// A value with two inputs: `attend`, when time has passed or the declaration has changed, and `record`, when a planned task has ended.
package struct OLTBook: Hashable, Sendable {
    package let olt: OLTID
    /// What the plan was made of.
    package var basis: OLTDeclaration
    /// In order of time: one that is being closed, the current one, the next one when it is near.
    package var periods: [PeriodBook] = []
    /// The end of the last period that was judged: none is opened twice, whatever a clock says.
    package var closedUntil: Timestamp?
    package var condition = OLTCondition()
    package var durations: [OperationType: DurationModel] = [:]
    /// When it has to be attended to again.
    package var wakeAt: Timestamp

    /// The book of an OLT that has never been planned for.
    package init(_ olt: OLTID, now: Timestamp) {
        self.olt = olt
        basis = OLTDeclaration(olt, isEnabled: false, operations: [])
        wakeAt = now
    }
}

/// How an OLT does.
package struct OLTCondition: Hashable, Sendable {
    /// A span of time; without an end it goes on.
    package struct Spell: Hashable, Sendable {
        package let from: Timestamp
        package var until: Timestamp?

        package init(from: Timestamp, until: Timestamp? = nil) {
            self.from = from
            self.until = until
        }
    }

    package var failuresInRow = 0
    /// When the first of them failed.
    package var failingSince: Timestamp?
    /// Emergencies without a success between them: each doubles the pause before the probe.
    package var emergencies = 0
    /// Nothing is emitted until a probe has been answered.
    package var suspendedAt: Timestamp?
    package var probe: TaskID?
    /// Since when it is waited for its lease to be free, after the OLT was disabled.
    package var awaitsLeaseSince: Timestamp?
    /// When it did not answer, as far as the periods in the book reach.
    package var outages: [Spell] = []
    /// When it was disabled, as far as the periods in the book reach.
    package var disabled: [Spell] = []
    package var lastSuccessAt: Timestamp?
    /// The class of the last failed number's error.
    package var lastError: String?
    /// A discovery has succeeded.
    package var isDiscovered = false
    package var succeeded = 0
    package var failed = 0

    package init() {}
}
