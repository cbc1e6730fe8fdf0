/// What people and servers do to a run.
package enum Act: String, CaseIterable, Hashable, Sendable {
    // Steps of operators.
    case cancel, reprioritize, retryLetters, dropLetters, drainWorker, quietWorker
    case declare, disableOLT

    // Processes.
    case killWorker, freezeWorker, killOrchestrator, freezeOrchestrator, stepClock

    // The ways between them.
    case cutWorker, cutOrchestrator, silenceWorker, silenceOrchestrator, partWorkerFromRedis, partOrchestratorFromRedis
    case partOrchestratorFromRecord, slowConfirms, slowLeases, slowDevices

    // Redis.
    case flushRedis, emptyRedis, olderRedis, stopRedis

    // The broker.
    case restartBroker, wipeBroker, deleteLane, deleteOutcomes, alarmBroker, fillLane, unbindLane

    // PostgreSQL.
    case stopRecord, failCommits, loseCommitAnswers

    // Devices.
    case silenceDevice

    /// A run may lose its lease by it though its worker lives.
    var disturbsLeases: Bool {
        switch self {
        case .freezeWorker, .partWorkerFromRedis, .slowLeases, .flushRedis, .emptyRedis, .olderRedis, .stopRedis: true
        default: false
        }
    }

    var isFault: Bool { Self.faults.contains(self) }

    static let steps: [Act] = [.cancel, .cancel, .reprioritize, .retryLetters, .dropLetters, .drainWorker, .quietWorker]
    static let declarations: [Act] = [.declare, .declare, .disableOLT]
    static let faults = allCases.filter { !steps.contains($0) && !declarations.contains($0) }
}
