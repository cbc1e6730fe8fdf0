package import Domain
package import Logging
import ServiceLifecycle

/// The orchestrator: admits, dispatches, records and rescues until it is told to stop.
///
/// It stops in the reverse order of `services`: first whoever takes new work, last whoever finishes it.
package struct Orchestrator: Service {
    /// What pages, the API and the command line talk to.
    package let desk: ControlDesk
    /// Tells whoever rescues that all outcomes before are recorded.
    package let markers: MarkerDesk
    private let services: [any Service]
    private let settings: OrchestratorSettings
    private let log: Logger

    package init(parts: OrchestratorParts, settings: OrchestratorSettings, log: Logger) throws(SettingFault) {
        let settings = try settings.validated()
        let counters = CounterBook()
        let ledger = LaneLedger(
            highWatermark: settings.dispatcher.highWatermark,
            lowWatermark: settings.dispatcher.lowWatermark
        )
        let judge = OutcomeJudge(settings: settings.judge)
        let watchBell = Bell()
        let batchBell = Bell()
        let announcer = EventAnnouncer(
            publisher: parts.events,
            counters: counters,
            settings: settings.events,
            time: parts.time,
            log: log
        )
        let gate = LeaseGate(ask: parts.leaseHealth, settings: settings.leaseGate, log: log)
        let overtaking = OvertakingWatch(overtaking: settings.reconciler.overtaking)
        let dispatcher = Dispatcher(
            tasks: parts.tasks,
            broker: parts.broker,
            ledger: ledger,
            gate: gate,
            counters: counters,
            observer: parts.meter,
            settings: settings.dispatcher,
            time: parts.time,
            log: log
        )
        markers = MarkerDesk(
            broker: parts.broker,
            record: parts.observations,
            observer: parts.observer,
            time: parts.time,
            log: log
        )
        let effects = RecordEffects(
            ledger: ledger,
            counters: counters,
            observer: parts.meter,
            announcer: announcer,
            log: log,
            numbersLeft: { overtaking.left($0) },
            somethingIsDue: { dispatcher.notify() },
            somethingIsWatched: { watchBell.ring() }
        )
        let admission = AdmissionDesk(
            tasks: parts.tasks,
            devices: parts.devices,
            admission: Admission(settings: settings.admission),
            ledger: ledger,
            dispatcher: dispatcher,
            counters: counters,
            settings: settings.desk,
            time: parts.time,
            log: log
        )
        services = [
            announcer,
            gate,
            dispatcher,
            OutcomeIntake(
                tasks: parts.tasks,
                letters: parts.letters,
                observations: parts.observations,
                judge: judge,
                feed: parts.broker.outcomes,
                effects: effects,
                settings: settings.outcomes,
                time: parts.time,
                log: log
            ),
            admission,
            FleetRegistry(
                record: parts.fleet,
                broker: parts.broker,
                cancelled: parts.cancelled,
                counters: counters,
                announcer: announcer,
                settings: settings.fleet,
                time: parts.time,
                log: log
            ),
            WatchKeeper(
                tasks: parts.tasks,
                leases: parts.leases,
                markers: markers,
                judge: judge,
                effects: effects,
                bell: watchBell,
                settings: settings.watches,
                time: parts.time,
                log: log
            ),
            Timekeeper(
                steering: parts.steering,
                broker: parts.broker,
                effects: effects,
                counters: counters,
                settings: settings.timekeeper,
                time: parts.time,
                log: log
            ),
            Housekeeper(
                record: parts.housekeeping,
                fleet: parts.fleet,
                counters: counters,
                settings: settings.housekeeper,
                time: parts.time,
                log: log
            ),
            Reconciler(
                parts: Reconciler.Parts(
                    record: parts.observations,
                    broker: parts.broker,
                    leases: parts.leases,
                    markers: markers,
                    overtaking: overtaking,
                    judge: judge,
                    effects: effects,
                    counters: counters,
                    observer: parts.observer,
                    time: parts.time,
                    log: log
                ),
                settings: settings.reconciler,
                fleet: settings.fleet
            ),
            ForgottenSweep(tasks: parts.tasks, dispatcher: dispatcher, counters: counters, time: parts.time, log: log),
            Archivist(
                letters: parts.letters,
                leases: parts.leases,
                markers: markers,
                judge: judge,
                effects: effects,
                counters: counters,
                feed: parts.broker.dead,
                time: parts.time,
                log: log
            ),
            LetterBatchRunner(
                letters: parts.letters,
                ledger: ledger,
                dispatcher: dispatcher,
                counters: counters,
                bell: batchBell,
                settings: settings.letterBatches,
                time: parts.time,
                log: log
            ),
            LetterRetention(letters: parts.letters, counters: counters, settings: settings.letters, time: parts.time, log: log),
            IntakeReader(
                desk: admission,
                letters: parts.letters,
                feed: parts.broker.intake,
                counters: counters,
                time: parts.time,
                log: log
            ),
        ]
        desk = ControlDesk(
            parts: parts,
            admission: admission,
            dispatcher: dispatcher,
            gate: gate,
            counters: counters,
            batchBell: batchBell,
            effects: effects,
            announcer: announcer
        )
        self.settings = settings
        self.log = log
    }

    /// Runs until a graceful shutdown: stops taking, finishes what is in hand, at most `shutdownMax`.
    package func run() async throws {
        var configuration = ServiceGroupConfiguration(services: services, logger: log)
        configuration.maximumGracefulShutdownDuration = settings.shutdownMax
        try await ServiceGroup(configuration: configuration).run()
    }
}
