/// Keys of log metadata in this target.
enum LogKey {
    static let answer = "broker.answer"
    static let failures = "failures"
    static let key = "lease.key"
    static let error = "error"
    static let reason = "reason"
    static let connection = "connection"
    static let worker = "worker.id"
    static let inHand = "deliveries.in-hand"
    static let task = "task.id"
    static let level = "level"
    static let lane = "lane"
    static let prefetch = "prefetch"
}
