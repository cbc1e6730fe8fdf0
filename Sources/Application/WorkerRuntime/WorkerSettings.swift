package import Domain

/// How a worker behaves; every span and bound of the worker side in one place.
package struct WorkerSettings: Hashable, Sendable {
    /// Attempts at a time per class; classes with none are not consumed.
    package var slots: [TaskClass: Int] = SlotPlan.slots(cpus: 2)
    /// What has not started after this long is handed back, 100 ms…10 min.
    package var handBackAfter: Duration = .seconds(5)
    /// Pause between heartbeats, 1 s…5 min; each is shifted by up to a tenth either way.
    package var beatEvery: Duration = .seconds(15)
    package var lease = LeaseKeeper.Settings()
    /// How long a run asks again that was told *busy*, 0…5 s.
    package var busyPatience: Duration = .milliseconds(100)
    /// Pause between two such questions, 1 ms…1 s.
    package var busyPause: Duration = .milliseconds(20)
    /// An attempt that runs longer is reported *started*.
    package var startedAfter: Duration = .milliseconds(250)
    /// Returns after which a plain task is not run any more, 1…20.
    package var suspectAfter = 3
    /// How often running attempts are looked at: timeouts, renewals, hand-backs, 1 ms…1 s.
    package var watchEvery: Duration = .milliseconds(50)
    package var report = Report()
    package var drain = Drain()

    /// How outcomes travel.
    package struct Report: Hashable, Sendable {
        /// Outcomes in one message, 1…64.
        package var batchMax = 64
        /// Bytes of one message, by estimate, 1 KiB…3 MiB.
        package var batchBytesMax = 512 * 1024
        /// Messages that wait for their confirm at a time, 1…16; a second one leaves only when it is full.
        package var messagesAtOnce = 4
        /// Pauses before a message that was not confirmed is published again.
        package var again = Backoff(base: .milliseconds(100), factor: 2, ceiling: .seconds(1))
        /// How long a finished run's lease is renewed while its outcome waits for the confirm.
        package var hold: Duration = .seconds(60)
        /// A device result with more observations travels in parts of `partMax` before its outcome.
        package var observationsMax = 2000
        package var partMax = 1000

        package init() {}
    }

    /// The phases of stopping and their bounds.
    package struct Drain: Hashable, Sendable {
        /// Running attempts may go on this long.
        package var soft: Duration = .seconds(30)
        /// Then they are cancelled and have this long to return.
        package var hard: Duration = .seconds(5)
        /// Then outcomes have this long to be confirmed and leases to be released.
        package var giveBack: Duration = .seconds(5)

        package init() {}
    }

    package init() {}

    /// Checks every range.
    ///
    /// - Throws: `WorkerError.badSetting` with the setting, its value and what is allowed.
    package func validated() throws(WorkerError) -> WorkerSettings {
        try Self.check("slots", slots.values.reduce(0, +), 1...100_000)
        for (taskClass, count) in slots { try Self.check("slots.\(taskClass.word)", count, 0...10_000) }
        try Self.check("handBackAfter", handBackAfter, .milliseconds(100)...(.seconds(600)))
        try Self.check("beatEvery", beatEvery, .seconds(1)...(.seconds(300)))
        try Self.check("busyPatience", busyPatience, .zero...(.seconds(5)))
        try Self.check("busyPause", busyPause, .milliseconds(1)...(.seconds(1)))
        try Self.check("suspectAfter", suspectAfter, 1...20)
        try Self.check("watchEvery", watchEvery, .milliseconds(1)...(.seconds(1)))
        try Self.check("lease.span", lease.span, .seconds(1)...(.seconds(600)))
        try Self.check("lease.renewEvery", lease.renewEvery, .milliseconds(100)...(lease.span / 2))
        try Self.check("lease.margin + lease.pduLife", lease.margin + lease.pduLife, .zero...(lease.span - lease.renewEvery))
        try Self.check("report.batchMax", report.batchMax, 1...64)
        try Self.check("report.batchBytesMax", report.batchBytesMax, 1024...(3 * 1024 * 1024))
        try Self.check("report.messagesAtOnce", report.messagesAtOnce, 1...16)
        try Self.check("report.observationsMax", report.observationsMax, 1...10_000)
        try Self.check("report.partMax", report.partMax, 1...4000)
        return self
    }

    private static func check<Value: Comparable>(_ setting: String, _ value: Value, _ allowed: ClosedRange<Value>) throws(WorkerError) {
        guard allowed.contains(value) else {
            throw .badSetting(setting: setting, value: "\(value)", allowed: "\(allowed.lowerBound) to \(allowed.upperBound)")
        }
    }
}
