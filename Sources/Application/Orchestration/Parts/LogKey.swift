/// The metadata keys of this target's log lines.
enum LogKey {
    static let batch = "letter.batch"
    static let count = "count"
    static let error = "error"
    static let group = "letter.group"
    static let number = "task.number"
    static let numbers = "task.numbers"
    static let kinds = "task.kinds"
    static let open = "letter.open"
    static let queue = "queue"
    static let reason = "reason"
    static let tables = "tables"
    static let worker = "worker.id"
    static let work = "work"
}
