package import Domain
package import Logging

/// What follows once outcomes or rescues are committed: room in the lanes, due tasks, watches.
package struct RecordEffects: Sendable {
    private let ledger: LaneLedger
    private let counters: CounterBook
    private let observer: any FleetObserver
    private let announcer: EventAnnouncer
    private let log: Logger
    private let numbersLeft: @Sendable ([Lane: Int]) -> Void
    private let somethingIsDue: @Sendable () -> Void
    private let somethingIsWatched: @Sendable () -> Void

    package init(
        ledger: LaneLedger,
        counters: CounterBook,
        observer: any FleetObserver,
        announcer: EventAnnouncer,
        log: Logger,
        numbersLeft: @escaping @Sendable ([Lane: Int]) -> Void = { _ in },
        somethingIsDue: @escaping @Sendable () -> Void,
        somethingIsWatched: @escaping @Sendable () -> Void
    ) {
        self.ledger = ledger
        self.counters = counters
        self.observer = observer
        self.announcer = announcer
        self.log = log
        self.numbersLeft = numbersLeft
        self.somethingIsDue = somethingIsDue
        self.somethingIsWatched = somethingIsWatched
    }

    package func follow(_ summary: RecordSummary) {
        let mayRefill = ledger.left(summary.left)
        numbersLeft(summary.left)
        counters.count {
            $0.succeeded += summary.succeeded
            $0.retried += summary.retried
            $0.dead += summary.dead
            $0.cancelled += summary.cancelled
            $0.expired += summary.expired
            $0.stale += summary.stale
            $0.unrecordable += summary.unrecordable
        }
        observer.recorded(summary.ends)
        announcer.tell(summary.ends.compactMap(FleetEvent.init) + summary.onuEvents.map(FleetEvent.onu))
        for event in summary.onuEvents where [.portDown, .portUp].contains(event.kind) { tell(of: event) }
        for end in summary.ends { tell(of: end) }
        if summary.due > 0 || mayRefill { somethingIsDue() }
        if summary.watched > 0 { somethingIsWatched() }
    }

    /// The committing of outcomes, for the metrics.
    package func committed(outcomes: Int, took: Duration) {
        observer.committed(outcomes: outcomes, took: took)
    }

    /// Many subscribers at once are an operator's business.
    private func tell(of event: ONUEvent) {
        log.notice(
            event.kind == .portDown ? "a port is down" : "a port is up",
            metadata: [
                LogKey.olt: "\(event.olt.value)", LogKey.port: "\(event.port ?? "")", LogKey.count: "\(event.count)",
                LogKey.cause: "\(event.cause?.word ?? "unknown")",
            ]
        )
    }

    /// What went wrong is told at once; everything else to whoever asks for it.
    private func tell(of end: RecordedEnd) {
        let level: Logger.Level = end.state == .dead ? .notice : .debug
        guard log.logLevel <= level else { return }
        log.log(level: level, end.state == .dead ? "a task is dead" : "an outcome is recorded", metadata: LogKey.metadata(of: end))
    }
}
