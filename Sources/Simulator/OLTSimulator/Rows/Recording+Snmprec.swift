/// Reader of `.snmprec`: `NAME|TAG|VALUE`, where the value runs to the end of the line and may itself hold `|`.
extension Recording {
    package init(snmprec bytes: [UInt8], file: String, isStrict: Bool = false) throws(RecordingError) {
        var found: [(name: ObjectName, value: SimulatedValue, line: Int)] = []
        var problems: [RecordingProblem] = []
        for (line, text) in TextLines(bytes) where !text.isEmpty {
            do throws(LineFault) {
                let (name, value) = try Self.row(text)
                found.append((name, value, line))
            } catch {
                problems.append(RecordingProblem(file: file, line: line, fault: error))
            }
        }
        try self.init(found, bad: problems, file: file, isStrict: isStrict)
    }

    private static func row(_ line: ArraySlice<UInt8>) throws(LineFault) -> (ObjectName, SimulatedValue) {
        let bar = UInt8(ascii: "|")
        guard let first = line.firstIndex(of: bar), let second = line[(first + 1)...].firstIndex(of: bar) else { throw .fields }
        guard let name = ObjectName(digits: line[..<first]) else { throw .name(ValueText.shown(line[..<first])) }
        return (name, try value(tag: ValueText.shown(line[(first + 1)..<second]), line[(second + 1)...]))
    }

    private static func value(tag: String, _ text: ArraySlice<UInt8>) throws(LineFault) -> SimulatedValue {
        switch tag {
        case "2": .integer(try ValueText.number(text, Int32.self))
        case "4": .octets(Array(text))
        case "4x": .octets(try ValueText.hexadecimal(text))
        case "4e": .octets(try ValueText.unescaped(text))
        case "5": try ValueText.nothing(text, .null)
        case "6": .name(try ValueText.name(text))
        case "64": .address(try ValueText.address(text))
        case "64x": .address(try ValueText.address(hexadecimal: text))
        case "65": .counter32(try ValueText.number(text, UInt32.self))
        case "66": .gauge32(try ValueText.number(text, UInt32.self))
        case "67": .timeTicks(try ValueText.number(text, UInt32.self))
        case "68": .opaque(Array(text))
        case "68x": .opaque(try ValueText.hexadecimal(text))
        case "70": .counter64(try ValueText.number(text, UInt64.self))
        case "128": try ValueText.nothing(text, .noSuchObject)
        case "129": try ValueText.nothing(text, .noSuchInstance)
        case "130": try ValueText.nothing(text, .endOfMIBView)
        default: throw .tag(tag)
        }
    }
}
