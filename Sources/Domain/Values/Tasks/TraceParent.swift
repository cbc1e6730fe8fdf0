/// Where a piece of work belongs in somebody's distributed trace.
///
/// Source: W3C Trace Context, field `traceparent`, version 00: `00-<trace id>-<parent id>-<flags>`, hexadecimal, lower case.
package struct TraceParent: Hashable, Sendable, CustomStringConvertible {
    /// 128 bits, never all zero.
    package let traceID: String
    /// 64 bits, never all zero: the step that asked for this work.
    package let parentID: String
    package let flags: String

    /// - Returns: `nil` unless the text is a `traceparent` of version 00.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "00", Self.isHex(parts[1], 32), Self.isHex(parts[2], 16), Self.isHex(parts[3], 2),
            parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
        else { return nil }
        traceID = String(parts[1])
        parentID = String(parts[2])
        flags = String(parts[3])
    }

    private init(traceID: String, parentID: String, flags: String) {
        self.traceID = traceID
        self.parentID = parentID
        self.flags = flags
    }

    /// The same trace, one step further.
    package func child(using chance: inout some RandomNumberGenerator) -> TraceParent {
        let step = String(UInt64.random(in: 1...UInt64.max, using: &chance), radix: 16)
        return TraceParent(traceID: traceID, parentID: String(repeating: "0", count: 16 - step.count) + step, flags: flags)
    }

    package var description: String { "00-\(traceID)-\(parentID)-\(flags)" }

    private static func isHex(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
