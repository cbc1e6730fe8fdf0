import Domain

/// A line of the journal: `2026-10-21 08:30:15 [INFO] coordinator.loop: changes detected on OLT-CENTRAL-01`.
enum JournalLine {
    /// Longer messages are cut.
    private static let scalarsMax = 4_096

    static func text(_ level: CoordinatorEvent.Level, _ source: String, _ message: String, at time: Timestamp) -> String {
        // RFC 3339 to the second is `2026-10-21T08:30:15…`.
        let clock = time.description.prefix(19).replacing("T", with: " ")
        return "\(clock) [\(level.word)] \(visible(source)): \(visible(message))\n"
    }

    /// One line stays one line, whatever names people or devices gave.
    private static func visible(_ text: String) -> String {
        var line = ""
        for (count, scalar) in text.unicodeScalars.enumerated() {
            if count == scalarsMax { return line + "…" }
            switch scalar.value {
            case 0x0A: line += "\\n"
            case 0x0D: line += "\\r"
            case 0x09: line += "\\t"
            case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069:
                line += "\\u{\(String(scalar.value, radix: 16))}"
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }
}
