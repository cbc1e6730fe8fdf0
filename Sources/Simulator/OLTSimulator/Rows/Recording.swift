/// A recording of a device, read from a file.
package struct Recording: Sendable {
    /// Most bad lines that are told.
    package static let badMax = 1000

    package let rows: RowTable
    /// Lines that held a row, repeated ones included.
    package let lines: Int
    /// Names that came again; their first row counts.
    package let repeated: [RecordingProblem]
    /// Lines that hold no row and were left out: the first thousand, in the order of lines.
    package let bad: [RecordingProblem]

    /// Reads `.snmprec`, or the text of net-snmp's tools when the name ends in `.snmpwalk`; a bad line is left out, or refused where
    /// that is asked for.
    package init(file: String, isStrict: Bool = false) throws(RecordingError) {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try FileBytes.read(file)
        } catch {
            throw .unreadable(error)
        }
        let isWalk = file.hasSuffix(".snmpwalk")
        self =
            try isWalk ? Recording(walk: bytes, file: file, isStrict: isStrict) : Recording(snmprec: bytes, file: file, isStrict: isStrict)
    }

    /// Lays out rows that were found with their lines.
    init(
        _ found: [(name: ObjectName, value: SimulatedValue, line: Int)],
        bad: [RecordingProblem],
        file: String,
        isStrict: Bool
    ) throws(RecordingError) {
        guard bad.isEmpty || !(isStrict || found.isEmpty) else { throw .badLines(Array(bad.prefix(RecordingError.problemsMax))) }
        guard !found.isEmpty else { throw .empty(file) }
        self.bad = Array(bad.prefix(Self.badMax))
        var builder = RowTableBuilder()
        for row in found { builder.append(row.name, row.value) }
        let (table, again) = builder.table()
        rows = table
        lines = found.count
        repeated = again.map { RecordingProblem(file: file, line: found[$0].line, fault: .repeated(found[$0].name.description)) }
    }
}

/// Why a file gives no rows.
package enum RecordingError: Error, Equatable, CustomStringConvertible {
    case unreadable(FileError)
    /// At most the first twenty, in the order of lines.
    case badLines([RecordingProblem])
    case empty(String)

    package static let problemsMax = 20

    package var description: String {
        switch self {
        case .unreadable(let error): error.description
        case .badLines(let problems): problems.map(\.description).joined(separator: "\n")
        case .empty(let file): "\(file): holds no rows"
        }
    }
}

/// What is wrong with one line of a recording.
package struct RecordingProblem: Error, Equatable, Sendable, CustomStringConvertible {
    package var file: String
    package var line: Int
    package var fault: LineFault

    package init(file: String, line: Int, fault: LineFault) {
        self.file = file
        self.line = line
        self.fault = fault
    }

    package var description: String { "\(file):\(line): \(fault)" }
}

/// Why a line is not a row.
package enum LineFault: Error, Equatable, Sendable, CustomStringConvertible {
    case fields
    case name(String)
    case tag(String)
    case oddHexadecimal
    case notHexadecimal
    case escape
    case number(String)
    case outOfRange(String)
    case address(String)
    case notEmpty
    case repeated(String)

    package var description: String {
        switch self {
        case .fields: "not a row: expected name, type and value"
        case .name(let text): "not an object name: \(text)"
        case .tag(let text): "unknown type tag: \(text)"
        case .oddHexadecimal: "odd number of hexadecimal digits"
        case .notHexadecimal: "not hexadecimal"
        case .escape: "unknown or unfinished backslash escape"
        case .number(let text): "not a whole number: \(text)"
        case .outOfRange(let text): "value outside its type: \(text)"
        case .address(let text): "not an IPv4 address: \(text)"
        case .notEmpty: "this type takes no value"
        case .repeated(let name): "name came before: \(name)"
        }
    }
}
