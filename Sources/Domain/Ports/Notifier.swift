/// Tells people or programs outside that a quota was not met.
///
/// The same violation may come twice, when whoever marks it dies in between: its id tells.
package protocol ViolationNotifier: Sendable {
    /// What the configuration calls it: `webhook`, `command`, `mail`.
    var name: String { get }

    /// Returns once it is certain that the notice was taken.
    func notify(_ notice: ViolationRow) async throws(NotifyError)
}

/// Why a notice was not taken; it is sent again later.
package struct NotifyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Without secrets.
    package let reason: String

    package init(_ reason: String) {
        self.reason = reason
    }

    package var description: String { reason }
}

/// Violations that nobody has been told of.
package protocol ViolationOutbox: Sendable {
    /// Those whose time has come, those first that have waited for longest.
    func open(limit: Int, now: Timestamp) async throws(RecordError) -> [OpenViolation]

    /// Everybody has been told; noted once, and kept.
    func notified(_ id: Int64, term: Term, now: Timestamp) async throws(RecordError)

    /// Somebody could not be told: tried again then.
    func failed(_ id: Int64, error: String, again: Timestamp, term: Term) async throws(RecordError)
}

/// A violation, and how often it was tried to tell of it.
package struct OpenViolation: Hashable, Sendable {
    package let row: ViolationRow
    package let tries: Int

    package init(row: ViolationRow, tries: Int) {
        self.row = row
        self.tries = tries
    }
}
