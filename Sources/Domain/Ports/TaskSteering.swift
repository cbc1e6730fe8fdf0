/// What changes tasks from outside: endings, priorities, and what time does to those that wait.
///
/// Every method is one transaction.
package protocol TaskSteering: Sendable {
    /// Ends tasks that nobody holds; one that may run is marked, and ends when its number is void or its run has reported.
    func end(_ ids: [TaskID], as ending: Ending, now: Timestamp) async throws(RecordError) -> EndingReport

    /// Ends, or marks, tasks whose deadline has passed.
    func endOverdue(limit: Int, now: Timestamp) async throws(RecordError) -> EndingReport

    /// Gives a task another priority, unless it runs.
    ///
    /// `voided`: the number that the lease store has just called void.
    func reprioritize(_ id: TaskID, to priority: Priority, voided: DispatchNumber?, now: Timestamp) async throws(RecordError) -> MoveAnswer

    /// Raises tasks by one level that have waited for `interval` since they were due or last raised.
    ///
    /// Never above `high`, and never those of `maintenance`.
    /// - Returns: how many were raised.
    func age(every interval: Duration, limit: Int, now: Timestamp) async throws(RecordError) -> Int

    /// Watches queued tasks that were not reported started and hold the key of a more urgent one: the rescue takes them back if they were not granted.
    /// - Returns: how many are watched from now on.
    func recall(limit: Int, now: Timestamp) async throws(RecordError) -> Int
}

/// What became of tasks that were to end.
package struct EndingReport: Hashable, Sendable {
    package var answers: [TaskID: EndingAnswer] = [:]
    package var summary = RecordSummary()
    /// Runs that may be in a worker's hand: to be told to stop.
    package var orders: [CancelledRun] = []

    package init() {}
}

package enum EndingAnswer: Hashable, Sendable {
    case ended
    /// It may run: it ends once its number is void.
    case ending
    /// It had ended before, or was ending.
    case already(TaskState)
    case unknown
}

/// What became of a task that was to be moved to another lane.
package enum MoveAnswer: Hashable, Sendable {
    /// `left`: the number it left, to be told to the workers, and the lane it left.
    case moved(left: CancelledRun?, from: Lane?)
    /// Ask the lease store to void this number, then again.
    case voidFirst(DispatchNumber, ExclusionKey)
    case running
    case ended(TaskState)
    case unknown
}
