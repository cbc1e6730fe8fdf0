package import Domain

/// Why bytes are not the message they should be.
package struct WireFault: Error, Hashable, Sendable {
    /// The machine-readable reason, as it stands on a letter.
    package let reason: LetterReason
    /// Path of the field at fault, such as `tasks[2].backoff.base`; `nil` when the message as a whole is at fault.
    package let field: String?
    /// What is wrong, for people.
    package let message: String
    /// What would be right.
    package let allowed: String?

    package init(_ reason: LetterReason, field: String? = nil, _ message: String, allowed: String? = nil) {
        self.reason = reason
        self.field = field
        self.message = message
        self.allowed = allowed
    }

    /// One line for people.
    package var text: String {
        (field.map { "\($0): " } ?? "") + message + (allowed.map { "; allowed: \($0)" } ?? "")
    }

    /// The same fault, seen from the message that holds the faulty one.
    func inside(_ path: String) -> WireFault {
        WireFault(reason, field: field.map { $0.hasPrefix("[") ? path + $0 : "\(path).\($0)" } ?? path, message, allowed: allowed)
    }

    static func tooLarge(_ count: Int, limit: Int, what: String) -> WireFault {
        WireFault(.tooLarge, "the \(what) has \(count) bytes", allowed: "at most \(limit) bytes")
    }

    static func holdsNul(_ what: String, _ reason: LetterReason, field: String? = nil) -> WireFault {
        WireFault(
            reason,
            field: field,
            "\(what) holds the character U+0000",
            allowed: "text without U+0000; PostgreSQL cannot store it"
        )
    }
}
