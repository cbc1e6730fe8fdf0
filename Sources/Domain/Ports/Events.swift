/// Tells the world outside what has been committed; best effort.
package protocol EventPublisher: Sendable {
    /// Publishes without anybody waiting for it.
    ///
    /// - Returns: one answer per event, in order.
    func announce(_ events: [FleetEvent]) async -> [EventAnswer]
}

/// What became of an event.
package enum EventAnswer: Hashable, Sendable {
    /// At least one queue took it.
    case taken
    /// No queue is bound for it.
    case nobodyListens
    /// The broker is away, or did not say.
    case lost
}

/// Is told what has been done, to count and to measure it; never decides.
///
/// Calls come from the middle of the work: they are short and wait for nobody.
package protocol FleetObserver: Sendable {
    /// These ends were committed.
    func recorded(_ ends: [RecordedEnd])

    /// A transaction of so many outcomes was committed.
    func committed(outcomes: Int, took: Duration)

    /// A batch of tasks was published and answered.
    func published(tasks: Int, took: Duration)
}

/// Nobody listens and nobody measures, in tests of other things.
package struct NoAudience: EventPublisher, FleetObserver {
    package init() {}

    package func announce(_ events: [FleetEvent]) async -> [EventAnswer] { events.map { _ in .nobodyListens } }

    package func recorded(_ ends: [RecordedEnd]) {}

    package func committed(outcomes: Int, took: Duration) {}

    package func published(tasks: Int, took: Duration) {}
}
