/// Reader of the text that net-snmp's tools print with numeric names and raw enums (`-ObentU`).
///
/// A quoted text may run over lines; a `Hex-STRING` goes on in the lines behind it.
extension Recording {
    package init(walk bytes: [UInt8], file: String, isStrict: Bool = false) throws(RecordingError) {
        var entries: [WalkEntry] = []
        var problems: [RecordingProblem] = []
        for (line, text) in TextLines(bytes) {
            if let start = WalkEntry(text, line: line) {
                entries.append(start)
            } else if entries.isEmpty {
                if !text.isEmpty { problems.append(RecordingProblem(file: file, line: line, fault: .fields)) }
            } else {
                entries[entries.count - 1].goOn(text)
            }
        }
        var found: [(name: ObjectName, value: SimulatedValue, line: Int)] = []
        for entry in entries where !entry.isEnd {
            do throws(LineFault) {
                found.append((entry.name, try entry.value(), entry.line))
            } catch {
                problems.append(RecordingProblem(file: file, line: entry.line, fault: error))
            }
        }
        try self.init(found, bad: problems, file: file, isStrict: isStrict)
    }
}

/// One `NAME = TYPE: VALUE` with the lines that continue it.
private struct WalkEntry {
    let name: ObjectName
    let line: Int
    private var text: [UInt8]

    /// `nil` when the line does not start a row.
    init?(_ line: ArraySlice<UInt8>, line number: Int) {
        guard let equals = line.firstIndex(of: UInt8(ascii: "=")), line.first == UInt8(ascii: ".") else { return nil }
        guard line[..<equals].last == UInt8(ascii: " ") else { return nil }
        guard let name = ObjectName(digits: line[..<equals].dropLast()) else { return nil }
        self.name = name
        self.line = number
        text = Array(line[(equals + 1)...].drop { $0 == UInt8(ascii: " ") })
    }

    mutating func goOn(_ more: ArraySlice<UInt8>) {
        text.append(0x0A)
        text += more
    }

    /// Whether this is how the tools say that a walk is over: no row.
    var isEnd: Bool { text.starts(with: "No more variables left in this MIB View".utf8) }

    func value() throws(LineFault) -> SimulatedValue {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), text.first != UInt8(ascii: "\"") else { return try bare() }
        let rest = text[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }
        let type = ValueText.shown(text[..<colon])
        switch type {
        case "STRING": return .octets(try quoted(rest))
        case "Hex-STRING", "BITS": return .octets(try ValueText.hexadecimal(compact(rest)))
        case "INTEGER": return .integer(try ValueText.number(trimmed(rest), Int32.self))
        case "Counter32": return .counter32(try ValueText.number(trimmed(rest), UInt32.self))
        case "Gauge32": return .gauge32(try ValueText.number(trimmed(rest), UInt32.self))
        case "Counter64": return .counter64(try ValueText.number(trimmed(rest), UInt64.self))
        case "Timeticks": return .timeTicks(try ValueText.number(ticks(rest), UInt32.self))
        case "OID": return .name(try ValueText.name(trimmed(rest)))
        case "IpAddress", "Network Address": return .address(try ValueText.address(trimmed(rest)))
        case "OPAQUE": return .opaque(try ValueText.hexadecimal(compact(rest)))
        default: throw .tag(type)
        }
    }

    /// Values that the tools print without a type: an empty text, NULL, and ticks under `-t`.
    private func bare() throws(LineFault) -> SimulatedValue {
        let text = trimmed(text[...])
        if text.first == UInt8(ascii: "\"") { return .octets(try quoted(text)) }
        if text.elementsEqual("NULL".utf8) { return .null }
        if text.starts(with: "No Such Object".utf8) { return .noSuchObject }
        if text.starts(with: "No Such Instance".utf8) { return .noSuchInstance }
        return .timeTicks(try ValueText.number(text, UInt32.self))
    }

    private func quoted(_ text: ArraySlice<UInt8>) throws(LineFault) -> [UInt8] {
        guard text.first == UInt8(ascii: "\"") else { return Array(trimmed(text)) }
        let whole = trimmed(text)
        guard whole.count >= 2, whole.last == UInt8(ascii: "\"") else { throw .escape }
        return try ValueText.unescaped(whole)
    }

    private func ticks(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard text.first == UInt8(ascii: "("), let end = text.firstIndex(of: UInt8(ascii: ")")) else { return trimmed(text) }
        return text[(text.startIndex + 1)..<end]
    }

    private func compact(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        text.filter { $0 != 0x20 && $0 != 0x0A }[...]
    }

    private func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text
        while let last = text.last, last == 0x20 || last == 0x0A { text = text.dropLast() }
        return text
    }
}
