internal import Domain

/// Finds the place where a text stops being JSON (RFC 8259), for the message about it.
///
/// Used only after decoding has failed.
struct JSONSyntax {
    private let bytes: [UInt8]
    private var place = 0
    /// The closing brackets that are due, innermost last.
    private var open: [UInt8] = []

    /// - Returns: `nil` when the text is well-formed.
    static func fault(in bytes: [UInt8]) -> WireFault? {
        var syntax = JSONSyntax(bytes)
        guard let expected = syntax.firstUnmet() else { return nil }
        let (line, column) = syntax.position
        let found = syntax.place < bytes.count ? "found \(syntax.printed)" : "the text ends"
        return WireFault(.undecodable, "malformed JSON at line \(line), column \(column): \(found)", allowed: expected)
    }

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// What should stand at `place`; `nil` at a proper end.
    private mutating func firstUnmet() -> String? {
        var needsValue = true
        while true {
            skipSpace()
            if needsValue {
                if let unmet = beginValue(&needsValue) { return unmet }
                continue
            }
            guard let closing = open.last else { return place == bytes.count ? nil : "the end of the text" }
            if take(closing) {
                open.removeLast()
            } else if take(UInt8(ascii: ",")) {
                if closing == UInt8(ascii: "}"), let unmet = name() { return unmet }
                needsValue = true
            } else {
                return closing == UInt8(ascii: "}") ? "\",\" or \"}\"" : "\",\" or \"]\""
            }
        }
    }

    /// Reads a scalar, or the opening of an object or list with the name of its first member.
    private mutating func beginValue(_ needsValue: inout Bool) -> String? {
        needsValue = false
        guard let first = current else { return "a value" }
        switch first {
        case UInt8(ascii: "{"):
            place += 1
            open.append(UInt8(ascii: "}"))
            skipSpace()
            guard current != UInt8(ascii: "}") else { return nil }
            needsValue = true
            return name()
        case UInt8(ascii: "["):
            place += 1
            open.append(UInt8(ascii: "]"))
            skipSpace()
            needsValue = current != UInt8(ascii: "]")
            return nil
        case UInt8(ascii: "\""): return text()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return number()
        default:
            guard ["true", "false", "null"].contains(where: { take($0) }) else { return "a value" }
            return nil
        }
    }

    /// The name of a member and its colon.
    private mutating func name() -> String? {
        skipSpace()
        guard current == UInt8(ascii: "\"") else { return "the name of a field in quotes" }
        if let unmet = text() { return unmet }
        skipSpace()
        return take(UInt8(ascii: ":")) ? nil : "\":\""
    }

    private mutating func text() -> String? {
        place += 1
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                place += 1
                return nil
            case UInt8(ascii: "\\"):
                place += 1
                guard let escaped = current, "\"\\/bfnrtu".utf8.contains(escaped) else {
                    return "an escape: one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u"
                }
                place += 1
                guard escaped != UInt8(ascii: "u") || takeHexDigits(4) else { return "four hexadecimal digits" }
            case 0..<0x20: return "no control character in a text"
            default: place += 1
            }
        }
        return "a closing quote"
    }

    private mutating func number() -> String? {
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")), takeDigits() == 0 { return "a digit" }
        if take(UInt8(ascii: ".")), takeDigits() == 0 { return "a digit" }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            if takeDigits() == 0 { return "a digit" }
        }
        return nil
    }

    // MARK: Bytes

    private var current: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func skipSpace() {
        while let byte = current, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { place += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        place += 1
        return true
    }

    private mutating func take(_ word: String) -> Bool {
        guard bytes[place...].starts(with: word.utf8) else { return false }
        place += word.utf8.count
        return true
    }

    private mutating func takeDigits() -> Int {
        let start = place
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { place += 1 }
        return place - start
    }

    private mutating func takeHexDigits(_ count: Int) -> Bool {
        for _ in 0..<count {
            guard let byte = current, Character(Unicode.Scalar(byte)).isHexDigit else { return false }
            place += 1
        }
        return true
    }

    /// Line and column from 1; a column is a character of Unicode, not a byte.
    private var position: (line: Int, column: Int) {
        let before = bytes[..<min(place, bytes.count)]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return (line, before[start...].count { $0 & 0xC0 != 0x80 } + 1)
    }

    private var printed: String {
        let byte = bytes[place]
        guard (0x21...0x7E).contains(byte) else { return "the byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) }
        return "\"\(Character(Unicode.Scalar(byte)))\""
    }
}
