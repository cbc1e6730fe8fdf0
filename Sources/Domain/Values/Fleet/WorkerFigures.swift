/// What a worker has counted since its start, and what it has in hand now.
package struct WorkerFigures: Hashable, Sendable {
    package var slots: [TaskClass: Int] = [:]
    package var slotsUsed: [TaskClass: Int] = [:]
    /// Deliveries that have not started.
    package var waiting = 0
    /// Deliveries that are not settled: waiting, running, or with an outcome that is not confirmed.
    package var inHand = 0
    package var prefetch: [Lane: Int] = [:]
    package var counts = Counts()
    package var isConnected = false
    package var isStopping = false

    /// What only grows.
    package struct Counts: Hashable, Sendable {
        /// Outcomes handed to the reporter, by the verdict's word.
        package var outcomes: [String: Int] = [:]
        /// Connections to the broker; the first one counts.
        package var connections = 0
        /// Renewals that the lease store answered with *lost*.
        package var renewalsLost = 0
        /// Renewals that had no answer.
        package var renewalsUnanswered = 0

        package init() {}
    }

    package init() {}
}
