/// An order that a worker was given.
package struct WorkerOrderShape: Codable, Hashable, Sendable {
    package let worker: String
    /// drain, quiet, resume or stop.
    package let order: String

    package init(worker: String, order: String) {
        self.worker = worker
        self.order = order
    }
}
