/// The metadata keys of this target's log lines.
enum LogKey {
    static let count = "count"
    static let error = "error"
    static let number = "task.number"
    static let numbers = "task.numbers"
    static let queue = "queue"
    static let reason = "reason"
    static let worker = "worker.id"
    static let work = "work"
}
