/// The name of a lock that a person or a program takes.
///
/// Its lease stands under `lock:<name>`, so that a lock named like a task's key does not meet it.
package struct LockName: Hashable, Sendable, CustomStringConvertible {
    package static let bytesMax = ExclusionKey.bytesMax
    package static let allowed = "1 to \(bytesMax) bytes of UTF-8 without control characters"

    package let text: String

    /// - Returns: `nil` unless the text has 1 to 200 bytes and no control characters.
    package init?(_ text: String) {
        guard let key = ExclusionKey(text) else { return nil }
        self.text = key.text
    }

    package var description: String { text }
}

extension ExclusionKey {
    private static let lockPrefix = "lock:"

    /// The key of a lock.
    package init(_ lock: LockName) {
        self.init(trusted: Self.lockPrefix + lock.text)
    }

    /// A key as it is stored: a task's, or a lock's, which is longer by its prefix.
    package init?(stored text: String) {
        if text.hasPrefix(Self.lockPrefix) {
            guard let lock = LockName(String(text.dropFirst(Self.lockPrefix.count))) else { return nil }
            self.init(lock)
        } else {
            self.init(text)
        }
    }

    /// The lock that the key belongs to; `nil`: it is a task's.
    package var lock: LockName? {
        text.hasPrefix(Self.lockPrefix) ? LockName(String(text.dropFirst(Self.lockPrefix.count))) : nil
    }
}
