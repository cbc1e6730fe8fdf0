/// Some of the numbers 0 to 63 in one word: there is a row of a survey for every ONU.
struct SmallSet: Hashable, Sendable {
    private var bits: UInt64 = 0

    /// 63 stands for every number beyond it, too.
    mutating func insert(_ number: Int) {
        bits |= Self.bit(number)
    }

    mutating func formUnion(_ other: SmallSet) {
        bits |= other.bits
    }

    func contains(_ number: Int) -> Bool { bits & Self.bit(number) != 0 }

    private static func bit(_ number: Int) -> UInt64 { 1 << UInt64(min(max(0, number), 63)) }
}

extension Profile.Field {
    /// The field's place among all.
    var place: Int { Self.places[self] ?? 0 }

    private static let places = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($0.element, $0.offset) })
}
