/// The routes, one spelling for server and CLI.
package enum APIPath {
    package static let base = "/api/v1"
    package static let tasks = base + "/tasks"
    package static let tasksBatch = base + "/tasks:batch"
    package static let olts = base + "/olts"
    package static let onus = base + "/onus"
    package static let onusFind = base + "/onus:find"
    package static let onuEvents = base + "/onus/events"
    package static let secretsRotate = base + "/secrets:rotate"
    package static let workers = base + "/workers"
    package static let queues = base + "/queues"
    package static let states = base + "/states"
    package static let deadLetters = base + "/dead-letters"
    package static let deadLettersPlan = base + "/dead-letters:plan"
    package static let deadLettersRetry = base + "/dead-letters:retry"
    package static let deadLettersDrop = base + "/dead-letters:drop"
    package static let letterBatches = base + "/dead-letters/batches"
    package static let events = base + "/events"
    package static let compatibilityMetrics = "/api/high-scale-tasks/metrics"
    package static let metrics = "/metrics"
    package static let alive = "/healthz"
    package static let ready = "/readyz"

    package static func task(_ id: String) -> String { tasks + "/" + id }
    package static func taskCancel(_ id: String) -> String { task(id) + ":cancel" }
    package static func taskReprioritize(_ id: String) -> String { task(id) + ":reprioritize" }
    package static func olt(_ nameOrID: String) -> String { olts + "/" + nameOrID }
    package static func oltPorts(_ nameOrID: String) -> String { olt(nameOrID) + "/ports" }
    package static func onu(_ olt: String, _ index: String) -> String { self.olt(olt) + "/onus/" + index }
    package static func onuReadings(_ olt: String, _ index: String) -> String { onu(olt, index) + "/readings" }
    package static func oltCredentials(_ nameOrID: String) -> String { olt(nameOrID) + "/credentials" }
    package static func letterBatch(_ id: Int64) -> String { letterBatches + "/\(id)" }
    /// The verbs: drain, quiet, resume, stop.
    package static func worker(_ id: String, _ verb: String) -> String { workers + "/" + id + ":" + verb }
    package static func deadLetter(_ id: Int64) -> String { deadLetters + "/\(id)" }

    /// Bytes of a request body at most; a batch may have more.
    package static let bodyBytesMax = 1 << 20
    package static let batchBytesMax = 16 << 20
    package static let batchDraftsMax = 10_000
}
