/// A known fault, put in on purpose: each has to be caught by a check, or the check is worth nothing.
///
/// The first group takes a rule of the delivery design out again, the second is what other systems were seen to do.
package enum Bug: String, CaseIterable, Hashable, Sendable {
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
    /// Every copy on the dead-letter queue becomes a letter.
    case copyIsLetter
    /// A Redis that forgot grants at once.
    case noBarrier
    /// Numbers are given up because a lane looks empty, without any report of a loss.
    case emptyLaneIsLoss

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
    /// Whoever waits for a lock is not told when it is free.
    case nobodyPromoted
    /// A run that kills its worker is never counted.
    case lostRunsAreFree
    /// A cancelled task that runs is not told.
    case runsAreNotCancelled
    /// A worker that is silent for a moment has died, and with it all that it runs.
    case deadWhenSilent

    package static let rules: [Bug] = [
        .outcomeByAttempt, .grantedTwice, .seenIsDeferred, .leftWithoutVoid, .noMarker, .copyIsLetter, .noBarrier, .emptyLaneIsLoss,
    ]
}
