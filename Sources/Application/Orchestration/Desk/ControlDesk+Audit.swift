package import Domain

extension ControlDesk {
    /// Writes down who asks for what, before it is done: a step that cannot be written down is not taken.
    ///
    /// `verb`: noun and verb with a dot between such as `lease.release`.
    package func audit(_ verb: String, of subject: String, by actor: AuditActor, detail: Payload = [:]) async throws(RecordError) {
        try await parts.audit.write(AuditDraft(actor: actor, verb: verb, subject: subject, detail: detail), now: parts.time.wall())
    }

    /// Newest first.
    package func auditEntries(_ filter: AuditFilter) async throws(RecordError) -> Page<AuditEntry> {
        try await parts.audit.entries(filter)
    }
}
