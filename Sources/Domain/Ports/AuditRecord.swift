/// What remembers who forced or changed what.
///
/// A row is written before the step it tells of, so that no step is without one; a row says what was asked for, not that it was done.
package protocol AuditRecord: Sendable {
    /// The row's id.
    @discardableResult
    func write(_ draft: AuditDraft, now: Timestamp) async throws(RecordError) -> Int64

    /// Newest first.
    func entries(_ filter: AuditFilter) async throws(RecordError) -> Page<AuditEntry>
}

/// A line of the audit before it is written.
package struct AuditDraft: Hashable, Sendable {
    package let actor: AuditActor
    /// Noun and verb with a dot between such as `lease.release`.
    package let verb: String
    package let subject: String
    package let detail: Payload

    package init(actor: AuditActor, verb: String, subject: String, detail: Payload = [:]) {
        self.actor = actor
        self.verb = verb
        self.subject = subject
        self.detail = detail
    }
}

package struct AuditFilter: Hashable, Sendable {
    package var actor: String?
    /// A verb, or with a dot at its end a noun: `lease.` finds all verbs of leases.
    package var verb: String?
    package var subject: String?
    package var since: Timestamp?
    package var limit = 50
    package var cursor: String?

    package init() {}
}
