package import Domain

/// What the orchestrator is made of: its ports.
package struct OrchestratorParts: Sendable {
    package let tasks: any TaskRecord
    package let devices: any DeviceRecord
    package let fleet: any FleetRecord
    package let letters: any LetterRecord
    package let observations: any ObservationRecord
    /// This process' own name, never used before: whose markers are whose.
    package let observer: String
    package let broker: any OrchestratorBroker
    package let leases: any LeaseStore
    package let seal: any CredentialSeal
    /// `nil`: the lease store answers; else why not.
    package let leaseHealth: @Sendable () async -> String?
    package let time: TimeSource

    package init(
        tasks: any TaskRecord,
        devices: any DeviceRecord,
        fleet: any FleetRecord,
        letters: any LetterRecord,
        observations: any ObservationRecord,
        observer: String,
        broker: any OrchestratorBroker,
        leases: any LeaseStore,
        seal: any CredentialSeal,
        leaseHealth: @escaping @Sendable () async -> String?,
        time: TimeSource
    ) {
        self.tasks = tasks
        self.devices = devices
        self.fleet = fleet
        self.letters = letters
        self.observations = observations
        self.observer = observer
        self.broker = broker
        self.leases = leases
        self.seal = seal
        self.leaseHealth = leaseHealth
        self.time = time
    }
}
