import Foundation

/// Writes for people and for programs: answers go to standard output, everything else to standard error.
enum Terminal {
    static func say(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    static func complain(_ text: String) {
        FileHandle.standardError.write(Data(("flotilla: " + text + "\n").utf8))
    }

    /// A line of progress; never mixed into JSON.
    static func note(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    /// A text from outside as it may stand on a terminal: what would move the cursor, colour or turn the text round is shown as `\u{FFFD}`.
    static func visible(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
    }

    /// C0, C1, and the signs that turn the direction of writing.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case ..<0x20, 0x7F...0x9F, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    static func json(_ shape: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        say(String(decoding: try encoder.encode(shape), as: UTF8.self))
    }
}

/// Rows with aligned columns.
struct TextTable {
    let head: [String]
    var rows: [[String]] = []

    init(_ head: [String], _ rows: [[String]] = []) {
        self.head = head
        self.rows = rows
    }

    func text(empty: String) -> String {
        guard !rows.isEmpty else { return empty }
        let lines = [head.map { $0.uppercased() }] + rows.map { $0.map(Terminal.visible) }
        let widths = head.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            zip(line, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
                .joined(separator: "  ").trimmingEnd()
        }.joined(separator: "\n")
    }
}

extension String {
    fileprivate func trimmingEnd() -> String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}

/// Times for people: relative, unless `--iso` is given.
struct TimeText {
    let iso: Bool
    let now = Date()

    func of(_ text: String?) -> String {
        guard let text else { return "never" }
        guard !iso, let date = Self.date(text) else { return text }
        let seconds = Int(now.timeIntervalSince(date).rounded())
        if seconds < 0 { return "in \(Self.span(-seconds))" }
        return seconds < 2 ? "now" : "\(Self.span(seconds)) ago"
    }

    private static func date(_ text: String) -> Date? {
        (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text)) ?? (try? Date.ISO8601FormatStyle().parse(text))
    }

    private static func span(_ seconds: Int) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86_400) d"
        }
    }
}
