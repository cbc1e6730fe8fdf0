import Domain
import Logging

/// Finds due tasks and gives them their numbers, while the broker takes them and the lanes have room.
struct DueSweeper: Sendable {
    let tasks: any TaskRecord
    let broker: any OrchestratorBroker
    let ledger: LaneLedger
    let gate: LeaseGate
    let desk: PublishingDesk
    let settings: Dispatcher.Settings
    let time: TimeSource
    let log: Logger
    private let bell = Bell()

    init(
        tasks: any TaskRecord,
        broker: any OrchestratorBroker,
        ledger: LaneLedger,
        gate: LeaseGate,
        desk: PublishingDesk,
        settings: Dispatcher.Settings,
        time: TimeSource,
        log: Logger
    ) {
        self.tasks = tasks
        self.broker = broker
        self.ledger = ledger
        self.gate = gate
        self.desk = desk
        self.settings = settings
        self.time = time
        self.log = log
    }

    func notify() {
        bell.ring()
    }

    /// Sweeps until it is cancelled.
    func run() async {
        while !Task.isCancelled {
            let found = await sweep()
            // A full batch means more of the same: no pause.
            if found == settings.batchMax { continue }
            await bell.sleep(atMost: found > 0 ? settings.sweepEvery : settings.idleEvery)
        }
    }

    private func sweep() async -> Int {
        guard await brokerTakesTasks(), desk.backlog < settings.batchMax * settings.publishesAtOnce else { return 0 }
        let rooms = ledger.rooms()
        guard !rooms.isEmpty else { return 0 }
        let keyed = gate.isOpen
        do throws(RecordError) {
            let due = try await tasks.dispatchDue(room: rooms, keyed: keyed, limit: settings.batchMax, now: time.wall())
            ledger.swept(due, into: rooms, foundAll: keyed && due.count < settings.batchMax)
            desk.take(due)
            return due.count
        } catch {
            log.warning("the sweep failed", metadata: [LogKey.error: "\(error)"])
            return 0
        }
    }

    private func brokerTakesTasks() async -> Bool {
        let isOpen = await broker.health() == .connected
        ledger.setOpen(isOpen)
        return isOpen
    }
}
