/// What an orchestrator tells workers.
package enum ControlOrder: Hashable, Sendable {
    /// These runs are not wanted any more: what has not started is forgotten or handed back, what runs is stopped.
    case cancel([CancelledRun])
    /// Finish what runs, take nothing new, end.
    case drain
    /// Take nothing new until `resume`.
    case quiet
    case resume
    /// A word of the log levels.
    case setLogLevel(String)
    /// Nothing to do: a returned ping tells that the worker is gone.
    case ping
}

/// One run, or every run of a task, that is to stop.
package struct CancelledRun: Hashable, Sendable {
    package let task: TaskID
    /// `nil`: whatever number the task runs under.
    package let number: DispatchNumber?
    /// Shown with the interrupted attempt.
    package let reason: String

    package init(task: TaskID, number: DispatchNumber?, reason: String) {
        self.task = task
        self.number = number
        self.reason = reason
    }
}

/// Whom an order is for.
package enum ControlAddress: Hashable, Sendable {
    case all
    case worker(WorkerID)
}
