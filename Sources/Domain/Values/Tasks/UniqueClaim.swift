/// A name that at most one task may stand for at a time.
package struct UniqueClaim: Hashable, Sendable {
    package let key: UniqueKey
    /// The key stands until then; `nil`: until its task has ended.
    package let until: Timestamp?
    /// What the caller sent, in short: the same key with another fingerprint is a mistake of the caller; `nil`: not compared.
    package let fingerprint: String?

    package init(_ key: UniqueKey, until: Timestamp?, fingerprint: String? = nil) {
        self.key = key
        self.until = until
        self.fingerprint = fingerprint
    }
}

/// Whose key it is, and its text.
///
/// A draft's own keys and the `Idempotency-Key` of HTTP never meet.
package struct UniqueKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    package enum Space: String, CaseIterable, Hashable, Sendable {
        case draft
        /// The header `Idempotency-Key`.
        case request
    }

    package let text: String

    /// - Returns: `nil` unless `name` has 1 to 200 bytes and no control characters.
    package init?(_ space: Space, _ name: String) {
        guard (1...Self.bytesMax).contains(name.utf8.count), name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            return nil
        }
        text = "\(space.rawValue):\(name)"
    }

    /// As stored.
    package init(stored text: String) {
        self.text = text
    }

    /// The name without its space.
    package var name: String { text.firstIndex(of: ":").map { String(text[text.index(after: $0)...]) } ?? text }

    package static let bytesMax = 200

    package static func < (left: UniqueKey, right: UniqueKey) -> Bool { left.text < right.text }

    package var description: String { text }
}
