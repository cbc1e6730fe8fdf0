internal import Domain
internal import SwiftProtobuf

/// Finds names that stand twice in one object, where the decoder would take the last one silently.
enum JSONNames {
    /// - Parameters:
    ///   - bytes: well-formed JSON.
    ///   - depth: objects deeper than this are not looked at: the decoder refuses repeated names in maps itself.
    /// - Throws: `.invalidDraft` with the name.
    static func refuseRepeated(in bytes: [UInt8], to depth: Int) throws(WireFault) {
        // Where the names of each open object stand; of a list nothing.
        var open: [[Range<Int>]] = []
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
                guard !open[open.count - 1].contains(where: { isSame($0, text, in: bytes) }) else {
                    throw PayloadReader.sameNameTwice.inside(String(decoding: bytes[text].prefix(64), as: UTF8.self))
                }
                open[open.count - 1].append(text)
            default:
                place += 1
            }
        }
    }

    private static func isSame(_ first: Range<Int>, _ second: Range<Int>, in bytes: [UInt8]) -> Bool {
        let (left, right) = (bytes[first], bytes[second])
        guard left.contains(UInt8(ascii: "\\")) || right.contains(UInt8(ascii: "\\")) else { return left == right }
        return unescaped(left) == unescaped(right)
    }

    private static func unescaped(_ name: ArraySlice<UInt8>) -> String? {
        let quote = [UInt8(ascii: "\"")]
        return (try? MessageBytes.read(Google_Protobuf_Value.self, quote + name + quote, as: .json))?.stringValue
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
