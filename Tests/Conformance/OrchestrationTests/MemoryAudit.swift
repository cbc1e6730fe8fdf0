import Domain

/// An audit in memory.
actor MemoryAudit: AuditRecord {
    private var all: [AuditEntry] = []

    @discardableResult
    func write(_ draft: AuditDraft, now: Timestamp) async throws(RecordError) -> Int64 {
        let id = Int64(all.count + 1)
        all.append(AuditEntry(id: id, at: now, actor: draft.actor.text, verb: draft.verb, subject: draft.subject, detail: draft.detail))
        return id
    }

    func entries(_ filter: AuditFilter) async throws(RecordError) -> Page<AuditEntry> {
        Page(items: all.reversed(), next: nil)
    }
}
