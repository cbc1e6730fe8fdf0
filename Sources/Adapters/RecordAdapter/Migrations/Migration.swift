/// One step of the schema.
///
/// A migration that was ever released is never changed: what follows is another one.
package struct Migration: Hashable, Sendable {
    /// From 1, without gaps.
    package let number: Int
    package let name: String
    let sql: String

    /// All steps, in order.
    static let all: [Migration] = [
        .tasks, .devices, .letters, .fleet, .delivery, .letterBatches, .audit, .observations, .readings, .operations,
        .leaders, .coordination,
    ]

    /// The schema that this program works with.
    package static let latest = all.count
}
