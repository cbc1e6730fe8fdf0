package import Domain

/// A line of the audit as the API and `--json` show it.
package struct AuditShape: Codable, Hashable, Sendable {
    package let id: Int64
    package let at: String
    package let actor: String
    package let verb: String
    package let subject: String
    package let detail: [String: JSONValue]

    package init(_ entry: AuditEntry) {
        id = entry.id
        at = entry.at.description
        actor = entry.actor
        verb = entry.verb
        subject = entry.subject
        detail = entry.detail
    }
}

extension APIPath {
    package static let audit = base + "/audit"
    /// The header in which a client says who asks such as `local:ada`; without it the audit says `http`.
    package static let actorHeader = "X-Flotilla-Actor"
}
