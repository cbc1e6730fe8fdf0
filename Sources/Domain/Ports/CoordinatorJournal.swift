/// The coordinator's log for people who read files.
///
/// It takes lines at once and never fails: one that cannot keep them counts and tells them.
package protocol CoordinatorJournal: Sendable {
    /// - Parameters:
    ///   - level: how loud.
    ///   - source: the part that speaks, such as `coordinator.loop`.
    ///   - message: one line; control characters are made visible.
    ///   - now: the line's time.
    func write(_ level: CoordinatorEvent.Level, _ source: String, _ message: String, at now: Timestamp)
}

/// A journal that keeps nothing.
package struct NoJournal: CoordinatorJournal {
    package init() {}

    package func write(_ level: CoordinatorEvent.Level, _ source: String, _ message: String, at now: Timestamp) {}
}
