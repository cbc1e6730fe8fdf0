package import Domain

/// What the orchestrator is made of: its ports.
package struct OrchestratorParts: Sendable {
    package let tasks: any TaskRecord
    package let steering: any TaskSteering
    package let housekeeping: any Housekeeping
    package let devices: any DeviceRecord
    package let onus: any ONURecord
    package let fleet: any FleetRecord
    package let letters: any LetterRecord
    package let observations: any ObservationRecord
    /// This process' own name, never used before: whose markers are whose.
    package let observer: String
    package let audit: any AuditRecord
    /// Books of OLTs, plans, quotas, violations.
    package let coordination: any CoordinationRecord
    package let broker: any OrchestratorBroker
    /// What newcomers among the workers are told.
    package let cancelled: (any CancelledRuns)?
    package let leases: any LeaseStore
    package let leaseBoard: any LeaseBoard
    package let keys: any KeyRecord
    package let seal: any CredentialSeal
    /// Where the key can be changed.
    package let sealed: (any SealedRecord)?
    /// How long the lease store grants nothing after it forgot; locks that are held for longer are written down besides.
    package let leaseBarrier: Duration
    /// `nil`: the lease store answers; else why not.
    package let leaseHealth: @Sendable () async -> String?
    package let time: TimeSource
    package let events: any EventPublisher
    package let meter: any FleetObserver
    /// Who coordinates.
    package let leadership: any Leadership

    package init(
        tasks: any TaskRecord,
        steering: any TaskSteering,
        housekeeping: any Housekeeping,
        devices: any DeviceRecord,
        onus: any ONURecord,
        fleet: any FleetRecord,
        letters: any LetterRecord,
        observations: any ObservationRecord,
        observer: String,
        audit: any AuditRecord,
        coordination: any CoordinationRecord,
        broker: any OrchestratorBroker,
        cancelled: (any CancelledRuns)? = nil,
        leases: any LeaseStore,
        leaseBoard: any LeaseBoard,
        keys: any KeyRecord,
        seal: any CredentialSeal,
        sealed: (any SealedRecord)? = nil,
        leaseBarrier: Duration = .seconds(30),
        leaseHealth: @escaping @Sendable () async -> String?,
        time: TimeSource,
        events: any EventPublisher = NoAudience(),
        meter: any FleetObserver = NoAudience(),
        leadership: any Leadership = NoLeadership()
    ) {
        self.tasks = tasks
        self.steering = steering
        self.housekeeping = housekeeping
        self.devices = devices
        self.onus = onus
        self.fleet = fleet
        self.letters = letters
        self.observations = observations
        self.observer = observer
        self.audit = audit
        self.coordination = coordination
        self.broker = broker
        self.cancelled = cancelled
        self.leases = leases
        self.leaseBoard = leaseBoard
        self.keys = keys
        self.seal = seal
        self.sealed = sealed
        self.leaseBarrier = leaseBarrier
        self.leaseHealth = leaseHealth
        self.time = time
        self.events = events
        self.meter = meter
        self.leadership = leadership
    }
}
