import APIContract
import Foundation

/// Checks of JSON that Foundation's decoder leaves out: depth, names that stand twice, and U+0000.
///
/// It does not check the grammar; the decoder that comes after does.
enum JSONCheck {
    static let depthMax = 32

    static func check(_ bytes: [UInt8]) throws(Problem) {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw refused("the body is not UTF-8", "UTF-8") }
        // The names of each open object; `nil` for a list.
        var open: [Set<String>?] = []
        var place = 0
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                open.append(bytes[place] == UInt8(ascii: "{") ? [] : nil)
                guard open.count <= depthMax else {
                    throw refused("the body is nested too deeply", "at most \(depthMax) levels of objects and lists")
                }
                place += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                _ = open.popLast()
                place += 1
            case UInt8(ascii: "\""):
                let end = endOfText(bytes, from: place)
                let text = try read(bytes[place..<end])
                place = end
                if isName(bytes, before: end), let names = open.last ?? nil {
                    guard !names.contains(text) else {
                        throw refused("the field stands twice in one object", "each field once", field: String(text.prefix(64)))
                    }
                    open[open.count - 1]?.insert(text)
                }
            default:
                place += 1
            }
        }
    }

    private static func read(_ literal: ArraySlice<UInt8>) throws(Problem) -> String {
        guard literal.contains(UInt8(ascii: "\\")) else { return String(decoding: literal.dropFirst().dropLast(), as: UTF8.self) }
        // What cannot be read is for the decoder to tell.
        guard let text = try? JSONDecoder().decode(String.self, from: Data(literal)) else { return "" }
        guard !text.utf8.contains(0) else { throw refused("a text holds the character U+0000", "text without U+0000") }
        return text
    }

    /// Whether the text that ended before `end` is followed by a colon.
    private static func isName(_ bytes: [UInt8], before end: Int) -> Bool {
        bytes[min(end, bytes.count)...].first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: ":")
    }

    /// The place behind the closing quote.
    private static func endOfText(_ bytes: [UInt8], from start: Int) -> Int {
        var place = start + 1
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") { place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1 }
        return min(place + 1, bytes.count)
    }

    private static func refused(_ detail: String, _ allowed: String, field: String? = nil) -> Problem {
        Problem(status: 400, code: "malformed", title: "Body cannot be read", detail: detail, field: field, allowed: allowed)
    }
}
