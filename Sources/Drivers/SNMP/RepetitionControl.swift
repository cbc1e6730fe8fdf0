/// How many repetitions the next GETBULK of a column class asks for; never 0.
///
/// Climbs by five up to a ceiling. What was too much halves count and ceiling; the ceiling rises again by one after
/// `patience` good answers in a row.
struct RepetitionControl: Sendable, Hashable {
    static let patience = 20
    static let step = 5

    private(set) var count: Int
    private var ceiling: Int
    private let cap: Int
    private var goodInARow = 0

    init(limits: DeviceLimits, columnClass: ColumnClass) {
        cap =
            switch columnClass {
            case .cheap: max(1, limits.repetitionsMax)
            case .dear: max(1, min(limits.dearRepetitionsMax, limits.repetitionsMax))
            }
        count = min(max(1, limits.repetitionsStart), cap)
        ceiling = cap
    }

    mutating func good() {
        goodInARow += 1
        if count < ceiling {
            count = min(ceiling, count + Self.step)
        } else if ceiling < cap, goodInARow >= Self.patience {
            ceiling += 1
            count = ceiling
            goodInARow = 0
        }
    }

    /// tooBig, or no answer.
    /// - Returns: false when it was one already.
    @discardableResult
    mutating func tooMuch() -> Bool {
        goodInARow = 0
        guard count > 1 else { return false }
        count /= 2
        ceiling = count
        return true
    }
}
