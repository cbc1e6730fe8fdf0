/// Looks at number literals as they are written, where their `Double` cannot tell any more.
enum JSONNumbers {
    /// - Throws: when a literal of well-formed JSON has the value 2^53 only after rounding.
    static func refuseRounded(in bytes: [UInt8]) throws(WireFault) {
        var place = 0
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""):
                place = endOfText(bytes, from: place)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                let end = bytes[place...].firstIndex { !isPartOfNumber($0) } ?? bytes.count
                let literal = String(decoding: bytes[place..<end], as: UTF8.self)
                guard !isRounded(literal) else { throw PayloadReader.tooLargeWhole }
                place = end
            default:
                place += 1
            }
        }
    }

    private static func isRounded(_ literal: String) -> Bool {
        guard let value = Double(literal), abs(value) == PayloadReader.wholeMax else { return false }
        let parts = literal.drop { $0 == "-" }.split(separator: ".", maxSplits: 1)
        return parts.first != "9007199254740992" || parts.dropFirst().contains { !$0.allSatisfy { $0 == "0" } }
    }

    private static func isPartOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"),
            UInt8(ascii: "E"):
            true
        default: false
        }
    }

    /// The place behind the closing quote.
    private static func endOfText(_ bytes: [UInt8], from start: Int) -> Int {
        var place = start + 1
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
            place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        return place + 1
    }
}
