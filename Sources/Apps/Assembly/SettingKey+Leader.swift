extension SettingKey {
    package static let leaderSpan = SettingKey(
        "flotilla.leader.span-ms",
        standard: "8000",
        range: "1000 to 60000 ms",
        "how long a leader may be silent before another orchestrator takes over; the same on all"
    )
    package static let leaderRenew = SettingKey(
        "flotilla.leader.renew-ms",
        standard: "2000",
        range: "50 to 15000 ms, at most a quarter of the span",
        "pause between a leader's renewals; followers look twice as often; the same on all"
    )

    /// Who leads.
    static let leading: [SettingKey] = [leaderSpan, leaderRenew]
}
