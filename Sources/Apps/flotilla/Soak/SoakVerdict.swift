/// What came of a soak.
struct SoakVerdict: Codable, Sendable {
    /// How fast something grew over the second half.
    struct Growth: Codable, Sendable {
        let of: String
        let figure: String
        let first: Double
        let most: Double
        let last: Double
        let perMinute: Double
        /// `nil`: not judged.
        let allowed: Double?

        var isGood: Bool { allowed.map { perMinute <= $0 } ?? true }
    }

    let seed: UInt64
    let minutes: Double
    /// How often each fault struck.
    let faults: [String: Int]
    let orchestrators: Int
    let workers: Int
    let accepted: Int
    let lost: Int
    let doubleEnds: Int
    let overlaps: Int
    let strays: Int
    let runsAtDevices: Int
    /// Ended tasks by state, letters, cancellations, and so on.
    let counts: [String: Int]
    let growth: [Growth]
    let settledSeconds: Double
    /// What was checked, with what was seen.
    let checks: [String]
    /// Empty when all was as promised.
    let problems: [String]

    var isGood: Bool { problems.isEmpty }
}
