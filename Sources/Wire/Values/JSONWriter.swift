internal import Domain

/// Writes values as JSON, the same text for the same value each time.
///
/// The protobuf library would do, but it writes 3 as `3.0` and members in any order.
struct JSONWriter {
    private(set) var text = ""

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: text += "null"
        case .bool(let bool): text += bool ? "true" : "false"
        case .number(let number): text += number.isFinite ? value.whole.map(String.init) ?? number.description : "null"
        case .text(let quoted): write(quoted: quoted)
        case .list(let list):
            text += "["
            for (place, item) in list.enumerated() {
                if place > 0 { text += "," }
                write(item)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (place, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if place > 0 { text += "," }
                write(quoted: member.key)
                text += ":"
                write(member.value)
            }
            text += "}"
        }
    }

    private mutating func write(quoted: String) {
        text += "\""
        for scalar in quoted.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\0"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
