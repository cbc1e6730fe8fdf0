/// What remembers who leads: one row per role, with the number of the reign.
///
/// Every write of a leader carries its term and is refused with `RecordError.deposed` once the row has another one.
package protocol LeaderRecord: Sendable {
    /// `nil`: nobody ever led.
    func look(_ role: LeaderRole) async throws(RecordError) -> LeaderState?

    /// Takes over from whoever was seen, with the next term.
    ///
    /// The caller has seen `seen` stand still for the lease's span on its own clock, or that its holder resigned.
    /// - Returns: `nil` when the row is not as it was seen any more.
    func claim(_ role: LeaderRole, for holder: String, seen: LeaderMark?, now: Timestamp) async throws(RecordError) -> Term?

    /// Counts the reign's renewals up.
    ///
    /// - Returns: false when another term, or nobody, leads: the caller is deposed.
    func renew(_ role: LeaderRole, by holder: String, term: Term, now: Timestamp) async throws(RecordError) -> Bool

    /// Lets the next one take over at once; does nothing when another term leads.
    func resign(_ role: LeaderRole, by holder: String, term: Term) async throws(RecordError)

    /// Calls `heard` when somebody may have taken over or resigned, until the task is cancelled.
    ///
    /// A hint that can be lost: who looks by the clock must do without it.
    func listen(_ heard: @Sendable () -> Void) async
}
