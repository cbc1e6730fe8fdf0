/// What keeps dead letters.
///
/// Letters of outcomes are written by `TaskRecord.record`. Every method is one transaction unless it says otherwise.
package protocol LetterRecord: Sendable {
    // MARK: Writing

    /// Messages that never became tasks, with their bytes. The id of each letter, in order.
    func archive(_ messages: [UnreadableMessage], now: Timestamp) async throws(RecordError) -> [Int64]

    /// Copies that came back on the dead-letter queue: evidence, joined by number; those without a number become letters of their own.
    ///
    /// - Returns: the numbers that the broker gave up although they are current. Nobody else will report them: `charge` decides, once the
    ///   lease store has answered. Asked again with the same messages, it answers as the rows are then.
    func attachEvidence(_ messages: [DeadMessage], now: Timestamp) async throws(RecordError) -> [GivenUpNumber]

    /// Applies the lease store's answers about numbers that the broker gave up.
    func charge(
        _ answers: [(givenUp: GivenUpNumber, answer: VoidAnswer)],
        judge: OutcomeJudge,
        now: Timestamp
    ) async throws(RecordError) -> RecordSummary

    // MARK: Looking

    /// Newest death first, without bodies.
    func letters(_ filter: LetterFilter) async throws(RecordError) -> Page<Letter>

    func letter(_ id: Int64) async throws(RecordError) -> Letter?

    /// Counts letters; one that no index counts stops at `LetterTally` not exact.
    func tally(_ filter: LetterFilter) async throws(RecordError) -> LetterTally

    /// How many letters are open.
    func openLetters() async throws(RecordError) -> Int

    // MARK: Verbs

    /// What the order would do.
    func plan(_ order: LetterOrder, now: Timestamp) async throws(RecordError) -> LetterPlan

    /// Does it at once. A retry admits a new task per letter (`retryOf`, fresh budget) in the transaction that closes the letter.
    ///
    /// One answer per letter. With `dryRun` nothing is written.
    func perform(
        _ verb: LetterOrder.Verb,
        _ letters: [Int64],
        priority: Priority?,
        payload: Payload?,
        dryRun: Bool,
        makeID: @Sendable () -> TaskID,
        now: Timestamp
    ) async throws(RecordError) -> [LetterAnswer]

    /// Writes the order down as a batch, to be worked on by `workBatch`.
    func start(_ order: LetterOrder, now: Timestamp) async throws(RecordError) -> LetterBatch

    func batch(_ id: Int64) async throws(RecordError) -> LetterBatch?

    /// Newest first.
    func batches(limit: Int, cursor: String?) async throws(RecordError) -> Page<LetterBatch>

    /// A batch that runs stops after the transaction under way; `nil`: there is no such batch.
    func stop(_ id: Int64, now: Timestamp) async throws(RecordError) -> LetterBatch?

    /// Works on the next part of one batch, at most `chunkMax` letters, and moves the batch's cursor in the same transaction.
    ///
    /// Any number of orchestrators may ask at once: each batch is worked on by one at a time, and whoever dies leaves it where it was.
    func workBatch(chunkMax: Int, makeID: @Sendable () -> TaskID, now: Timestamp) async throws(RecordError) -> LetterBatchStep

    // MARK: Keeping it small

    /// Removes what is too many or too old, in small transactions.
    ///
    /// While a batch that began within the last hour runs, letters are left alone.
    func trim(_ keeping: LetterKeeping, now: Timestamp) async throws(RecordError) -> [LetterTrim]
}

/// A current number whose message the broker gave up.
package struct GivenUpNumber: Hashable, Sendable {
    package let task: TaskID
    package let number: DispatchNumber
    /// `nil`: a plain task, which has no lease to ask about.
    package let key: ExclusionKey?

    package init(task: TaskID, number: DispatchNumber, key: ExclusionKey?) {
        self.task = task
        self.number = number
        self.key = key
    }
}
