/// What ends a worker with an error.
package enum WorkerError: Error, Hashable, Sendable {
    case badSetting(setting: String, value: String, allowed: String)
    /// It stopped in time, but these deliveries were not confirmed: the broker gives them to somebody else.
    case leftBehind(deliveries: Int)
}
