/// Who asked for a change, as far as it is known: `local:<user>` from the command line, `http` from a program that does not say.
package struct AuditActor: Hashable, Sendable, CustomStringConvertible {
    package static let bytesMax = 128
    package static let allowed = "1 to \(bytesMax) bytes without control characters"

    /// Nobody said who it was.
    package static let http = AuditActor(known: "http")

    package let text: String

    /// - Returns: `nil` unless the text has 1 to 128 bytes and no control characters.
    package init?(_ text: String) {
        guard (1...Self.bytesMax).contains(text.utf8.count), text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            return nil
        }
        self.text = text
    }

    private init(known text: String) {
        self.text = text
    }

    package var description: String { text }
}

/// One line of the audit: who asked for what, of which thing, when.
package struct AuditEntry: Hashable, Sendable {
    package let id: Int64
    package let at: Timestamp
    package let actor: String
    /// Noun and verb with a dot between such as `lease.release`.
    package let verb: String
    /// What it was asked of: an id, a key, a filter.
    package let subject: String
    package let detail: Payload

    package init(id: Int64, at: Timestamp, actor: String, verb: String, subject: String, detail: Payload) {
        self.id = id
        self.at = at
        self.actor = actor
        self.verb = verb
        self.subject = subject
        self.detail = detail
    }
}
