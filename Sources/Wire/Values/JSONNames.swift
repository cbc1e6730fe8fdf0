internal import Domain
internal import SwiftProtobuf

/// Finds names that stand twice in one object, where the decoder would take the last one silently.
enum JSONNames {
    /// - Parameters:
    ///   - bytes: well-formed JSON.
    ///   - depth: objects deeper than this are not looked at: the decoder refuses repeated names in maps itself.
    /// - Throws: `.invalidDraft` with the name.
    static func refuseRepeated(in bytes: [UInt8], to depth: Int) throws(WireFault) {
        // The names of each open object; of a list nothing.
        var open: [Set<ArraySlice<UInt8>>] = []
        var place = 0
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                open.append([])
                place += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                _ = open.popLast()
                place += 1
            case UInt8(ascii: "\""):
                let text = place + 1..<endOfText(bytes, from: place + 1)
                place = text.upperBound + 1
                guard open.count <= depth, !open.isEmpty, isName(bytes, before: place) else { continue }
                guard open[open.count - 1].insert(unescaped(bytes[text])).inserted else {
                    throw PayloadReader.sameNameTwice.inside(String(decoding: bytes[text].prefix(64), as: UTF8.self))
                }
            default:
                place += 1
            }
        }
    }

    /// What the name says, in UTF-8.
    private static func unescaped(_ name: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard name.contains(UInt8(ascii: "\\")) else { return name }
        let quote = [UInt8(ascii: "\"")]
        let value = try? MessageBytes.read(Google_Protobuf_Value.self, quote + name + quote, as: .json)
        return value.map { Array($0.stringValue.utf8)[...] } ?? name
    }

    private static func isName(_ bytes: [UInt8], before end: Int) -> Bool {
        var place = end
        while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
        return place < bytes.count && bytes[place] == UInt8(ascii: ":")
    }

    /// The place of the closing quote.
    private static func endOfText(_ bytes: [UInt8], from start: Int) -> Int {
        var place = start
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") { place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1 }
        return min(place, bytes.count)
    }
}
