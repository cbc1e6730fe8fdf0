/// Columns that a device was found not to have; each for a day, then it is asked again.
///
/// An empty column may also be one whose rows come tomorrow, so a caller says where emptiness means absence: a reading that is empty
/// while the listing beside it is not.
struct MissingColumns: Sendable {
    static let span = Duration.seconds(86_400)
    /// Columns of one device; more are not remembered.
    static let most = 512

    private var until: [OID: ContinuousClock.Instant] = [:]

    var count: Int { until.count }

    mutating func contains(_ column: OID, now: ContinuousClock.Instant) -> Bool {
        guard let end = until[column] else { return false }
        if now < end { return true }
        until[column] = nil
        return false
    }

    mutating func note(_ column: OID, now: ContinuousClock.Instant) {
        if until.count >= Self.most { until = until.filter { now < $0.value } }
        guard until.count < Self.most else { return }
        until[column] = now + Self.span
    }

    mutating func forget(_ column: OID) {
        until[column] = nil
    }

    mutating func forgetAll() {
        until = [:]
    }
}
