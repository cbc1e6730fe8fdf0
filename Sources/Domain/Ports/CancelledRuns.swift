/// What remembers the runs that were cancelled while a worker may have held them.
package protocol CancelledRuns: Sendable {
    /// The runs cancelled since then, oldest first; a worker that joins forgets them when they arrive.
    func cancelledRuns(since: Timestamp) async throws(RecordError) -> [CancelledRun]
}
