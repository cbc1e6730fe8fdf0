import Domain

/// The rows of tasks, found by id, state, number and key.
///
/// Answers never depend on the order of a dictionary: whoever takes several rows sorts them.
struct TaskTable: Sendable {
    private var rows: [TaskID: TaskRow] = [:]
    private var byState: [TaskState: Set<TaskID>] = [:]
    private var byNumber: [DispatchNumber: TaskID] = [:]
    /// Tasks that have not ended.
    private var byKey: [ExclusionKey: Set<TaskID>] = [:]

    subscript(id: TaskID) -> TaskRow? { rows[id] }

    /// Writes a row, new or changed.
    mutating func put(_ row: TaskRow) {
        if let old = rows[row.id] { forget(old) }
        rows[row.id] = row
        byState[row.state, default: []].insert(row.id)
        if let number = row.number { byNumber[number] = row.id }
        if let key = row.key, !row.state.isTerminal { byKey[key, default: []].insert(row.id) }
    }

    /// Takes a row away for good.
    mutating func remove(_ id: TaskID) {
        guard let old = rows.removeValue(forKey: id) else { return }
        forget(old)
    }

    private mutating func forget(_ old: TaskRow) {
        byState[old.state]?.remove(old.id)
        if let number = old.number { byNumber[number] = nil }
        guard let key = old.key else { return }
        byKey[key]?.remove(old.id)
        if byKey[key]?.isEmpty == true { byKey[key] = nil }
    }

    /// The task that runs under a number now.
    func row(of number: DispatchNumber) -> TaskRow? { byNumber[number].flatMap { rows[$0] } }

    /// In no order.
    func rows(in state: TaskState) -> [TaskRow] { byState[state, default: []].compactMap { rows[$0] } }

    /// Tasks of a key that have not ended; in no order.
    func rows(of key: ExclusionKey) -> [TaskRow] { byKey[key, default: []].compactMap { rows[$0] } }

    /// Keys of tasks that have not ended, in order.
    var keys: [ExclusionKey] { byKey.keys.sorted() }

    /// Tasks that have not ended; in no order.
    var live: [TaskRow] { TaskState.allCases.filter { !$0.isTerminal }.flatMap { rows(in: $0) } }

    /// Tasks that have ended; in no order.
    var ended: [TaskRow] { TaskState.allCases.filter(\.isTerminal).flatMap { rows(in: $0) } }

    func count(in state: TaskState) -> Int { byState[state]?.count ?? 0 }

    /// Every task there is; in no order.
    var all: [TaskRow] { Array(rows.values) }
}
