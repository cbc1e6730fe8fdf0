/// A known fault, put in on purpose: each has to be caught by a check, or the check is worth nothing.
///
/// The first group takes a rule of the delivery design out again, the second is what other systems were seen to do.
package enum Defect: String, CaseIterable, Hashable, Sendable {
    // MARK: Rules of ours

    /// An outcome counts for its task and attempt, whatever its number.
    case outcomeByAttempt
    /// A number that was granted once may be granted again.
    case grantedTwice
    /// A number that was met before is handed back instead of being reported as seen.
    case seenIsDeferred
    /// A number is left without asking the lease store.
    case leftWithoutVoid
    /// A run counts as lost although outcomes before are still to be read.
    case noMarker
    /// A message that the broker gave up is charged although outcomes before are still to be read.
    case hastyArchivist
    /// Every copy on the dead-letter queue becomes a letter.
    case copyIsLetter
    /// A Redis that forgot grants at once.
    case noBarrier
    /// Numbers are given up because a lane looks empty, without any report of a loss.
    case emptyLaneIsLoss
    /// The coordinator's writes do not look at the term.
    case writtenWithoutTerm
    /// What an outcome says is counted when it comes, whatever its number has told before.
    case countedByDelivery
    /// What a period came to is written after the period was closed, in a transaction of its own.
    case violationWrittenLater
    /// The same until it is written, whoever has written it before.
    case violationWrittenTwice

    // MARK: Faults of others

    /// The message is acknowledged when it arrives, before it was run.
    case acknowledgedOnArrival
    /// The message is acknowledged before its outcome is confirmed.
    case acknowledgedBeforeConfirm
    /// The outcome is acknowledged before it is recorded.
    case outcomeAcknowledgedBeforeCommit
    /// The draft is acknowledged before it is written.
    case draftAcknowledgedBeforeCommit
    /// The lock goes before the result is known to be kept.
    case releasedBeforeConfirm
    /// The lock is let go by whoever asks, whether it is his or not.
    case releasedByAnybody
    /// Work goes on when the lock has run out.
    case noSendGuard
    /// The next one begins while the last request of the one before may still be answered.
    case noQuietGap
    /// A task that takes long is given to somebody else: a visibility timeout.
    case rescuedByTime
    /// A message that no queue took counts as published.
    case returnedIsPublished
    /// What was not confirmed is not published again.
    case neverRepublished
    /// The pause before another attempt is kept in a process' memory.
    case retryInMemory
    /// A dead letter is tried again first and closed afterwards, in two steps.
    case letterClosedLater
    /// A run whose worker died is nobody's business.
    case neverRescued
    /// A lock has a fixed time, however long the work takes.
    case neverRenewed
    /// A run that kills its worker is never counted.
    case lostRunsAreFree
    /// A cancelled task that runs is not told.
    case runsAreNotCancelled
    /// A worker that is silent for a moment has died, and with it all that it runs.
    case deadWhenSilent

    package static let rules: [Defect] = [
        .outcomeByAttempt, .grantedTwice, .seenIsDeferred, .leftWithoutVoid, .noMarker, .hastyArchivist, .copyIsLetter, .noBarrier,
        .emptyLaneIsLoss, .writtenWithoutTerm, .countedByDelivery, .violationWrittenLater, .violationWrittenTwice,
    ]

    /// What brings it out: a story that is to show it holds more of this.
    package var provokedBy: [Act] {
        switch self {
        case .outcomeByAttempt: [.reprioritize, .cutWorker, .silenceWorker]
        case .grantedTwice, .seenIsDeferred, .neverRescued: [.killWorker, .cutWorker]
        case .leftWithoutVoid, .rescuedByTime, .deadWhenSilent, .noSendGuard, .neverRenewed:
            [.cutWorker, .freezeWorker, .partWorkerFromRedis]
        case .noMarker: [.cutWorker, .stopRecord, .failCommits]
        case .hastyArchivist: [.cutWorker]
        case .copyIsLetter, .lostRunsAreFree: [.killWorker]
        case .noBarrier: [.flushRedis, .emptyRedis]
        case .emptyLaneIsLoss: [.restartBroker]
        case .acknowledgedOnArrival: [.killWorker]
        case .acknowledgedBeforeConfirm: [.restartBroker, .cutWorker, .silenceWorker]
        case .outcomeAcknowledgedBeforeCommit, .draftAcknowledgedBeforeCommit, .retryInMemory: [.stopRecord, .killOrchestrator]
        case .releasedBeforeConfirm: [.silenceWorker, .restartBroker, .slowConfirms]
        case .releasedByAnybody, .noQuietGap: [.killWorker, .partWorkerFromRedis]
        case .returnedIsPublished: [.unbindLane]
        case .neverRepublished: [.cutOrchestrator, .killOrchestrator]
        case .letterClosedLater: [.retryLetters, .killOrchestrator]
        case .runsAreNotCancelled: [.cancel]
        case .writtenWithoutTerm: [.freezeOrchestrator]
        case .countedByDelivery: [.loseCommitAnswers, .cutWorker]
        case .violationWrittenLater: [.failCommits, .silenceDevice]
        case .violationWrittenTwice: [.loseCommitAnswers, .silenceDevice]
        }
    }

    /// What has to happen together to bring it out, each so long after the first.
    var script: [(after: Duration, act: Act, span: Duration)] {
        switch self {
        case .hastyArchivist:
            // Who reads outcomes cannot write them, while a message that runs comes back until the broker gives it up.
            [
                (.zero, .slowConfirms, .seconds(20)), (.seconds(1), .partOrchestratorFromRecord, .seconds(30)),
                (.milliseconds(1500), .restartBroker, .milliseconds(100)), (.milliseconds(2700), .restartBroker, .milliseconds(100)),
                (.milliseconds(3900), .restartBroker, .milliseconds(100)), (.milliseconds(5100), .restartBroker, .milliseconds(100)),
            ]
        default: []
        }
    }
}
