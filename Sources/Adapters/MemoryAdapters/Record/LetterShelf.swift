import Domain

/// Dead letters, and the copies of messages that came back on the dead-letter queue, joined by number.
struct LetterShelf: Sendable {
    private struct Evidence: Sendable {
        let body: [UInt8]
        let contentType: String?
    }

    private var letters: [Int64: Letter] = [:]
    private var numbers: [DispatchNumber: Int64] = [:]
    private var evidence: [DispatchNumber: Evidence] = [:]
    private var lastID: Int64 = 0

    var openCount: Int { letters.values.count { $0.state == .dead } }

    /// The letter of a task that died, one per number.
    mutating func write(_ end: RowChange, row: TaskRow, form: RecordModel.OriginalForm, now: Timestamp) {
        guard case .dead(let reason, let fault) = end.change, numbers[end.number] == nil else { return }
        let failures = row.runs.lazy.filter { $0.outcome == "failed" }.map(\.finishedAt)
        put(
            Letter(
                id: nextID(),
                task: row.id,
                number: end.number,
                kind: row.admitted.kind,
                reason: end.unrecordable == nil ? reason : .unrecordable,
                errorClass: fault.errorClass,
                message: fault.message,
                attempts: end.row.attempt,
                firstDiedAt: failures.min() ?? now,
                lastDiedAt: now,
                retriedAs: nil,
                state: .dead,
                body: end.unrecordable,
                contentType: end.unrecordable.map { _ in form.contentType }
            )
        )
    }

    /// Letters of messages that never became tasks.
    mutating func archive(_ messages: [UnreadableMessage], now: Timestamp) -> [Int64] {
        messages.map { message in
            let id = nextID()
            put(
                Letter(
                    id: id,
                    task: nil,
                    number: nil,
                    kind: nil,
                    reason: message.reason,
                    errorClass: nil,
                    message: message.explanation.withoutZero,
                    attempts: 0,
                    firstDiedAt: now,
                    lastDiedAt: now,
                    retriedAs: nil,
                    state: .dead,
                    body: message.body,
                    contentType: message.contentType?.withoutZero
                )
            )
            return id
        }
    }

    /// Keeps the first copy of a number.
    mutating func attach(_ message: DeadMessage, number: DispatchNumber) {
        guard evidence[number] == nil else { return }
        evidence[number] = Evidence(body: message.body, contentType: message.contentType?.withoutZero)
    }

    mutating func close(_ id: Int64, retriedAs task: TaskID) {
        guard let letter = letters[id] else { return }
        letters[id] = letter.changed(state: .retried, retriedAs: task)
    }

    /// A letter with the copy that came back, if it has no bytes of its own.
    func letter(_ id: Int64) -> Letter? {
        guard let letter = letters[id] else { return nil }
        guard letter.body == nil, let copy = letter.number.flatMap({ evidence[$0] }) else { return letter }
        return letter.with(body: copy.body, contentType: copy.contentType)
    }

    /// Newest first.
    func page(_ filter: LetterFilter) -> Page<Letter> {
        let limit = min(max(1, filter.limit), 1000)
        let below = filter.cursor.flatMap { Int64($0) }
        let found = letters.values.filter { letter in
            (filter.state == nil || letter.state == filter.state) && (filter.reason == nil || letter.reason == filter.reason)
                && (filter.kind == nil || letter.kind == filter.kind) && below.map { letter.id < $0 } ?? true
        }
        let sorted = found.map(\.id).sorted(by: >).prefix(limit + 1).compactMap { self.letter($0) }
        return Page.cut(sorted, limit: limit) { "\($0.id)" }
    }

    private mutating func nextID() -> Int64 {
        lastID += 1
        return lastID
    }

    private mutating func put(_ letter: Letter) {
        letters[letter.id] = letter
        if let number = letter.number { numbers[number] = letter.id }
    }
}

extension Letter {
    fileprivate func changed(state: LetterState, retriedAs: TaskID?) -> Letter {
        copy(state: state, retriedAs: retriedAs, body: body, contentType: contentType)
    }

    fileprivate func with(body: [UInt8], contentType: String?) -> Letter {
        copy(state: state, retriedAs: retriedAs, body: body, contentType: contentType)
    }

    private func copy(state: LetterState, retriedAs: TaskID?, body: [UInt8]?, contentType: String?) -> Letter {
        Letter(
            id: id,
            task: task,
            number: number,
            kind: kind,
            reason: reason,
            errorClass: errorClass,
            message: message,
            attempts: attempts,
            firstDiedAt: firstDiedAt,
            lastDiedAt: lastDiedAt,
            retriedAs: retriedAs,
            state: state,
            body: body,
            contentType: contentType
        )
    }
}
