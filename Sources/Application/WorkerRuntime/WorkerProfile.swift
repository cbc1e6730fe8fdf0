package import Domain

/// Who a worker is; does not change while it runs.
package struct WorkerProfile: Hashable, Sendable {
    package let id: WorkerID
    package let hostname: String
    package let pid: Int32
    package let version: String
    package let labels: [String: String]

    package init(id: WorkerID, hostname: String, pid: Int32, version: String, labels: [String: String] = [:]) {
        self.id = id
        self.hostname = hostname
        self.pid = pid
        self.version = version
        self.labels = labels
    }
}
