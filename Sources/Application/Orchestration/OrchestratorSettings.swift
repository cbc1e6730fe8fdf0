package import Domain

/// The settings of every part of the orchestrator.
package struct OrchestratorSettings: Sendable {
    package var admission = Admission.Settings()
    package var desk = AdmissionDesk.Settings()
    package var dispatcher = Dispatcher.Settings()
    package var leaseGate = LeaseGate.Settings()
    package var outcomes = OutcomeIntake.Settings()
    package var fleet = FleetRegistry.Settings()
    package var watches = WatchKeeper.Settings()
    package var timekeeper = Timekeeper.Settings()
    package var housekeeper = Housekeeper.Settings()
    package var reconciler = Reconciler.Settings()
    package var judge = OutcomeJudge.Settings()
    package var letters = LetterRetention.Settings()
    package var letterBatches = LetterBatchRunner.Settings()
    package var events = EventAnnouncer.Settings()
    /// How long a shutdown may take before what is in hand is let go, 1 s…10 min.
    ///
    /// The broker gives it out again.
    package var shutdownMax: Duration = .seconds(30)

    package init() {}

    package func validated() throws(SettingFault) -> OrchestratorSettings {
        try SettingFault.check("admission.timeoutMax", admission.timeoutMax, in: .seconds(1) ... .seconds(30 * 86_400))
        try SettingFault.check("admission.maxAttempts", admission.maxAttempts, in: 1...100)
        _ = try desk.validated()
        _ = try dispatcher.validated()
        _ = try leaseGate.validated()
        _ = try outcomes.validated()
        _ = try fleet.validated()
        _ = try watches.validated()
        _ = try letters.validated()
        _ = try letterBatches.validated()
        _ = try timekeeper.validated()
        _ = try housekeeper.validated()
        _ = try events.validated()
        _ = try reconciler.validated()
        try SettingFault.check("judge.workersLostMax", judge.workersLostMax, in: 1...100)
        try SettingFault.check("shutdownMax", shutdownMax, in: .seconds(1) ... .seconds(600))
        return self
    }
}
