import Domain
import Logging

/// The metadata keys of this target's log lines.
enum LogKey {
    static let batch = "letter.batch"
    static let count = "count"
    static let error = "error"
    static let holder = "leader.holder"
    static let role = "leader.role"
    static let term = "leader.term"
    static let group = "letter.group"
    static let task = "task.id"
    static let kind = "task.kind"
    static let attempt = "task.attempt"
    static let number = "task.number"
    static let state = "task.state"
    static let outcome = "outcome"
    static let errorClass = "error.class"
    static let trace = "trace.id"
    static let span = "trace.parent"
    static let numbers = "task.numbers"
    static let kinds = "task.kinds"
    static let open = "letter.open"
    static let olt = "olt.id"
    static let port = "olt.port"
    static let cause = "cause"
    static let queue = "queue"
    static let reason = "reason"
    static let tables = "tables"
    static let worker = "worker.id"
    static let watched = "watched"
    static let work = "work"

    /// Everything that finds the task, the run and the trace again.
    static func metadata(of end: RecordedEnd) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            task: "\(end.task)", kind: "\(end.kind)", attempt: "\(end.attempt)", state: "\(end.state.word)",
        ]
        if let value = end.number { metadata[number] = "\(value.value)" }
        if let value = end.worker { metadata[worker] = "\(value)" }
        if let value = end.outcome { metadata[outcome] = "\(value)" }
        if let value = end.reason { metadata[reason] = "\(value.rawValue)" }
        if let value = end.errorClass { metadata[errorClass] = "\(value)" }
        if let value = end.traceParent {
            metadata[trace] = "\(value.traceID)"
            metadata[span] = "\(value.parentID)"
        }
        return metadata
    }
}
