/// How many repetitions the next GETBULK of a column class asks for; never 0.
///
/// Climbs by `step` up to a ceiling. tooBig halves count and ceiling. Silence may also be a lost datagram: it halves
/// the count, and the ceiling only when it comes again at that height soon. The ceiling rises again after `patience`
/// good answers in a row, which doubles each time the ceiling falls: asking too much costs the device and a timeout.
struct RepetitionControl: Sendable, Hashable {
    /// Why an attempt failed.
    enum Cause {
        case tooBig
        case silence
    }

    static let step = 5
    static let patienceMin = 20
    static let patienceMax = 640
    /// Good answers between two silences that make them two accidents.
    static let accident = 8

    private(set) var count: Int
    private var ceiling: Int
    private let cap: Int
    private var patience = Self.patienceMin
    private var goodInARow = 0
    /// The count that met silence last.
    private var silentAt: Int?

    init(limits: DeviceLimits, columnClass: ColumnClass) {
        cap =
            switch columnClass {
            case .cheap: max(1, limits.repetitionsMax)
            case .medium: max(1, min(limits.mediumRepetitionsMax, limits.repetitionsMax))
            case .dear: max(1, min(limits.dearRepetitionsMax, limits.repetitionsMax))
            }
        count = min(max(1, limits.repetitionsStart), cap)
        ceiling = cap
    }

    mutating func good() {
        goodInARow += 1
        if count < ceiling {
            count = min(ceiling, count + Self.step)
        } else if ceiling < cap, goodInARow >= patience {
            ceiling = min(cap, ceiling + Self.step)
            count = ceiling
            goodInARow = 0
        }
    }

    /// - Returns: false when it was one already.
    mutating func failed(_ cause: Cause) -> Bool {
        guard count > 1 else {
            goodInARow = 0
            return false
        }
        let failedAt = count
        count /= 2
        switch cause {
        case .tooBig: lowerCeiling()
        case .silence:
            if let silentAt, failedAt >= silentAt, goodInARow < Self.accident {
                lowerCeiling()
                self.silentAt = nil
            } else if silentAt == nil || goodInARow > 0 {
                silentAt = failedAt
            }
        }
        goodInARow = 0
        return true
    }

    private mutating func lowerCeiling() {
        ceiling = count
        patience = min(Self.patienceMax, patience * 2)
    }
}
