/// Comma-separated values as RFC 4180 has them, read and written with nothing guessed.
package enum CSVText {
    /// One record with the line it begins on, from 1.
    package struct Record: Hashable, Sendable {
        package let line: Int
        package let cells: [String]

        package init(line: Int, cells: [String]) {
            self.line = line
            self.cells = cells
        }
    }

    /// What is wrong with a record; those around it can be read.
    package struct Fault: Error, Hashable, Sendable {
        package let line: Int
        package let reason: String

        package init(line: Int, reason: String) {
            self.line = line
            self.reason = reason
        }
    }

    // MARK: Writing

    /// One record without its line end.
    ///
    /// A text that a spreadsheet would take for a formula gets an apostrophe before it: devices write what they like into descriptions.
    package static func record(_ cells: [String]) -> String {
        cells.map(cell).joined(separator: ",")
    }

    private static func cell(_ text: String) -> String {
        let isFormula =
            text.unicodeScalars.first.map { ["=", "+", "@", "\t", "\r"].contains($0) || $0 == "-" && Double(text) == nil } ?? false
        let safe = isFormula ? "'" + text : text
        guard safe.unicodeScalars.contains(where: { [",", "\"", "\n", "\r"].contains($0) }) else { return safe }
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }

    // MARK: Reading

    /// Every record in order: lines end with LF or CRLF, empty lines are left out, a byte order mark before the first one too.
    package static func records(_ bytes: [UInt8]) -> [Result<Record, Fault>] {
        var parser = Parser(bytes: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...])
        var records: [Result<Record, Fault>] = []
        while let record = parser.next() {
            if case .success(let record) = record, record.cells == [""] { continue }
            records.append(record)
        }
        return records
    }

    private struct Parser {
        private static let quote = UInt8(ascii: "\"")
        private static let comma = UInt8(ascii: ",")
        private static let lineFeed = UInt8(ascii: "\n")
        private static let carriageReturn = UInt8(ascii: "\r")

        private var rest: ArraySlice<UInt8>
        private var line = 1

        init(bytes: ArraySlice<UInt8>) {
            rest = bytes
        }

        mutating func next() -> Result<Record, Fault>? {
            guard !rest.isEmpty else { return nil }
            let first = line
            var cells: [String] = []
            while true {
                let (bytes, problem) = cell()
                if let problem {
                    skipLine()
                    return .failure(Fault(line: first, reason: problem))
                }
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    skipLine()
                    return .failure(Fault(line: first, reason: "cell \(cells.count + 1) is no UTF-8"))
                }
                cells.append(text)
                switch rest.popFirst() {
                case Self.comma?: continue
                case Self.carriageReturn?:
                    if rest.first == Self.lineFeed { rest.removeFirst() }
                    line += 1
                    return .success(Record(line: first, cells: cells))
                case Self.lineFeed?:
                    line += 1
                    return .success(Record(line: first, cells: cells))
                default: return .success(Record(line: first, cells: cells))
                }
            }
        }

        private mutating func cell() -> (bytes: [UInt8], problem: String?) {
            guard rest.first == Self.quote else { return (plain(), nil) }
            rest.removeFirst()
            var bytes: [UInt8] = []
            while let byte = rest.popFirst() {
                if byte == Self.lineFeed { line += 1 }
                guard byte == Self.quote else {
                    bytes.append(byte)
                    continue
                }
                guard rest.first == Self.quote else {
                    let isEnd = rest.first.map { [Self.comma, Self.lineFeed, Self.carriageReturn].contains($0) } ?? true
                    return (bytes, isEnd ? nil : "there is text behind a closing quote")
                }
                rest.removeFirst()
                bytes.append(Self.quote)
            }
            return (bytes, "a quote is never closed")
        }

        private mutating func plain() -> [UInt8] {
            let bytes = rest.prefix { ![Self.comma, Self.lineFeed, Self.carriageReturn].contains($0) }
            rest = rest.dropFirst(bytes.count)
            return Array(bytes)
        }

        private mutating func skipLine() {
            while let byte = rest.popFirst(), byte != Self.lineFeed {}
            line += 1
        }
    }
}
