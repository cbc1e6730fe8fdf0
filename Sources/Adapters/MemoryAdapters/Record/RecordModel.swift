package import Domain

/// Everything the record keeps, as a value: what PostgreSQL does in a transaction is one mutating call here.
///
/// Time and chance are parameters. The suites of the ports hold it and the database to the same answers.
package struct RecordModel: Sendable {
    /// How the bytes of an outcome are kept that the record refuses.
    package struct OriginalForm: Sendable {
        package let contentType: String
        package let encode: @Sendable (Outcome) -> [UInt8]

        package init(contentType: String, encode: @escaping @Sendable (Outcome) -> [UInt8]) {
            self.contentType = contentType
            self.encode = encode
        }

        /// The texts of the outcome, for whoever has no codec.
        package static let words = OriginalForm(contentType: "text/plain") { outcome in
            Array(([outcome.worker.text, outcome.verdict.word] + outcome.texts).joined(separator: "\n").utf8)
        }
    }

    /// Who holds an exclusion key.
    struct Holder: Hashable, Sendable {
        let task: TaskID
        let number: DispatchNumber
    }

    let originalForm: OriginalForm
    var table = TaskTable()
    var holders: [ExclusionKey: Holder] = [:]
    var names = NameBook()
    /// How many tasks ended in which state, also those that are kept no longer.
    var endings: [TaskState: Int] = [:]
    var parts: [DispatchNumber: [Int: OutcomePart]] = [:]
    var lastNumber: Int64 = 0
    var devices = DeviceShelf()
    var letters = LetterShelf()
    var letterBatches = LetterBatchShelf()
    var fleet = WorkerShelf()
    package var leaders = LeaderShelf()
    package var coordination = CoordinationShelf()
    /// The largest marker of each observer that has come back.
    var markers: [String: Marker] = [:]
    /// What the broker may have lost.
    var cases: [CasePlace: OpenCase] = [:]

    package init(originalForm: OriginalForm = .words) {
        self.originalForm = originalForm
    }

    /// Parts of results that wait for their outcome.
    package var stagedParts: Int { parts.values.reduce(0) { $0 + $1.count } }

    /// Unique keys that stand for a task.
    package var uniqueKeys: Int { names.count }

    /// Exclusion keys that a number holds.
    package var heldKeys: Int { holders.count }

    /// Every task as it stands, by id.
    package var rows: [TaskRow] { table.all.sorted { $0.id < $1.id } }

    /// A task as it stands; `nil`: there is no such task.
    package func row(_ task: TaskID) -> TaskRow? { table[task] }

    /// Every letter, by id.
    package var allLetters: [Letter] { letters.all }

    mutating func nextNumber() -> DispatchNumber {
        lastNumber += 1
        return DispatchNumber(lastNumber)
    }
}
