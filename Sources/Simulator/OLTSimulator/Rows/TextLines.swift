/// Lines of a file with their numbers, from 1; a carriage return before the line feed is dropped.
struct TextLines: Sequence, IteratorProtocol {
    private var rest: ArraySlice<UInt8>
    private var number = 0

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    mutating func next() -> (number: Int, text: ArraySlice<UInt8>)? {
        guard !rest.isEmpty else { return nil }
        let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
        var line = rest[rest.startIndex..<end]
        if line.last == 0x0D { line = line.dropLast() }
        rest = end < rest.endIndex ? rest[(end + 1)...] : rest[end...]
        number += 1
        return (number, line)
    }
}
