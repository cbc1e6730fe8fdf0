/// The number (fence) given from one PostgreSQL sequence at each dispatch.
///
/// A number gets one answer of the lease scripts, is granted at most once, takes one outcome, and is left only when it is void.
package struct DispatchNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: Int64

    package init(_ value: Int64) {
        self.value = value
    }

    package static func < (left: DispatchNumber, right: DispatchNumber) -> Bool { left.value < right.value }

    package var description: String { "#\(value)" }
}

/// Drawn per delivery, never per worker: tells two runs of one number apart.
package struct RunToken: Hashable, Sendable, CustomStringConvertible {
    package let value: UInt64

    package init(_ value: UInt64) {
        self.value = value
    }

    package init(using chance: inout some RandomNumberGenerator) {
        value = chance.next()
    }

    /// Sixteen hexadecimal digits.
    package var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Tasks that share one never run at the same time such as `olt:17`.
package struct ExclusionKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    /// - Returns: `nil` unless the text has 1 to 200 bytes and no control characters.
    package init?(_ text: String) {
        guard (1...Self.bytesMax).contains(text.utf8.count), text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            return nil
        }
        self.text = text
    }

    /// A text that is known to fit.
    init(trusted text: String) {
        self.text = text
    }

    /// The key of everything heavy on one OLT.
    package init(_ olt: OLTID) {
        text = "olt:\(olt.value)"
    }

    package static let bytesMax = 200

    package static func < (left: ExclusionKey, right: ExclusionKey) -> Bool { left.text < right.text }

    package var description: String { text }
}
