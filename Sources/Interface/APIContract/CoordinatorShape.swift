package import Domain

/// One decision of the coordinator.
package struct CoordinatorLogShape: Codable, Hashable, Sendable {
    package let id: Int64
    package let at: String
    /// `null`: it concerns all.
    @OrNull package var olt: String?
    @OrNull package var oltId: Int64?
    package let type: String
    package let level: String
    package let message: String
    package let details: [String: JSONValue]

    package init(_ row: CoordinatorLogRow) {
        id = row.id
        at = row.event.at.description
        olt = row.oltName
        oltId = row.event.olt?.value
        type = row.event.kind.rawValue
        level = row.event.level.word
        message = row.event.message
        details = row.event.details
    }
}

/// Who coordinates, and when the loop last turned.
package struct CoordinatorStatusShape: Codable, Hashable, Sendable {
    package struct Tick: Codable, Hashable, Sendable {
        package let at: String
        package let ageSeconds: Double
        package let tookMs: Double
        /// Books attended to.
        package let olts: Int
        package let term: Int64
        package let holder: String
    }

    /// `null`: nobody leads.
    @OrNull package var leader: String?
    @OrNull package var term: Int64?
    @OrNull package var since: String?
    @OrNull package var renewedAt: String?
    /// `null`: the loop never turned.
    @OrNull package var lastTick: Tick?
    /// Somebody leads and the loop turned lately.
    package let ok: Bool
    /// What is wrong, or how it stands.
    package let detail: String

    package init(leader state: LeaderState?, tick: CoordinatorTick?, lateAfter: Duration, now: Timestamp) {
        let holder = state?.holder
        let age = tick.map { now - $0.at }
        leader = holder
        term = state?.term.value
        since = holder == nil ? nil : state?.beganAt.description
        renewedAt = state?.renewedAt.description
        lastTick = tick.map { tick in
            Tick(
                at: tick.at.description,
                ageSeconds: (age ?? .zero).inSeconds,
                tookMs: Double(tick.took.microseconds) / 1000,
                olts: tick.olts,
                term: tick.term.value,
                holder: tick.holder
            )
        }
        let isLate = age.map { $0 > lateAfter } ?? true
        ok = holder != nil && !isLate
        detail =
            switch (holder, age) {
            case (nil, nil): "nobody leads, and the loop never turned"
            case (nil, let age?): "nobody leads; the loop turned \(Self.text(age)) ago"
            case (let holder?, nil): "\(holder) leads; the loop has not turned yet"
            case (let holder?, let age?): "\(holder) leads; the loop turned \(Self.text(age)) ago" + (isLate ? ", which is late" : "")
            }
    }

    private static func text(_ span: Duration) -> String { "\(max(0, span.milliseconds) / 100 * 100 / 1000) s" }
}

extension APIPath {
    package static let quotas = base + "/quotas"
    package static let violations = base + "/violations"
    package static let coordinatorLog = base + "/logs/coordinator"
    package static let coordinator = base + "/coordinator"

    package static func oltPlan(_ nameOrID: String) -> String { olt(nameOrID) + "/plan" }
    package static func violation(_ id: Int64) -> String { violations + "/\(id)" }
}
