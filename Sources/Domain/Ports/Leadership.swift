/// What this process knows of a role: whether it leads, and who does.
package protocol Leadership: Sendable {
    /// This process' own reign, while it is sure that nobody else has begun one; asked again before each act.
    var reign: Reign? { get }

    /// Who leads, as the record told last; `nil`: not known, or nobody.
    var seen: LeaderState? { get }

    /// Beginnings and ends of this process' reigns; what stands comes first, `nil` is none.
    ///
    /// Only the latest waits for a slow reader.
    func changes() -> AsyncStream<Reign?>
}

/// Where there is no election.
package struct NoLeadership: Leadership {
    package init() {}

    package var reign: Reign? { nil }
    package var seen: LeaderState? { nil }

    package func changes() -> AsyncStream<Reign?> { AsyncStream { $0.finish() } }
}
