import Domain
import Logging

extension Attempt {
    /// Everything that finds the task, the run and the trace again, for log lines.
    func metadata(_ worker: WorkerID) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            LogKey.task: "\(task.id)", LogKey.kind: "\(task.kind)", LogKey.attempt: "\(task.attempt)",
            LogKey.number: "\(task.number.value)", LogKey.worker: "\(worker)",
        ]
        if let traceParent {
            metadata[LogKey.trace] = "\(traceParent.traceID)"
            metadata[LogKey.span] = "\(traceParent.parentID)"
        }
        return metadata
    }
}
