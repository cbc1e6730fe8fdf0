import Domain

/// Dead letters, and the copies of messages that came back on the dead-letter queue, joined by number.
struct LetterShelf: Sendable {
    private struct Evidence: Sendable {
        let body: [UInt8]
        let contentType: String?
        let reason: String
        let notedAt: Timestamp
    }

    private var letters: [Int64: Letter] = [:]
    private var numbers: [DispatchNumber: Int64] = [:]
    private var evidence: [DispatchNumber: Evidence] = [:]
    private var lastID: Int64 = 0

    /// By id.
    var all: [Letter] { letters.values.sorted { $0.id < $1.id } }

    var openCount: Int { letters.values.count { $0.state == .dead } }

    /// The letter of a task that died, one per number.
    mutating func write(_ end: RowChange, row: TaskRow, form: RecordModel.OriginalForm, now: Timestamp) {
        guard case .dead(let reason, let fault) = end.change, let number = end.number, numbers[number] == nil else { return }
        let failures = row.runs.lazy.filter { $0.outcome == "failed" }.map(\.finishedAt)
        put(
            Letter(
                id: nextID(),
                task: row.id,
                number: number,
                kind: row.admitted.kind,
                taskClass: row.lane.taskClass,
                priority: row.lane.priority,
                olt: row.admitted.olt,
                reason: end.unrecordable == nil ? reasonGiven(reason, number) : .unrecordable,
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

    /// Whose last worker was lost and whose message the broker gave up is poison.
    private func reasonGiven(_ reason: LetterReason, _ number: DispatchNumber) -> LetterReason {
        guard reason == .workerLost, let copy = evidence[number], copy.reason != "rejected" else { return reason }
        return .poison
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
    mutating func attach(_ message: DeadMessage, number: DispatchNumber, now: Timestamp) {
        guard evidence[number] == nil else { return }
        evidence[number] = Evidence(
            body: message.body,
            contentType: message.contentType?.withoutZero,
            reason: message.reason,
            notedAt: now
        )
    }

    mutating func close(_ id: Int64, as state: LetterState, retriedAs task: TaskID? = nil) {
        guard let letter = letters[id] else { return }
        letters[id] = letter.changed(state: state, retriedAs: task ?? letter.retriedAs)
    }

    /// A letter with the copy that came back, if it has no bytes of its own.
    func letter(_ id: Int64) -> Letter? {
        guard let letter = letters[id] else { return nil }
        guard letter.body == nil, let copy = letter.number.flatMap({ evidence[$0] }) else { return letter }
        return letter.with(body: copy.body, contentType: copy.contentType)
    }

    /// Newest death first, without bytes.
    func page(_ filter: LetterFilter) -> Page<Letter> {
        let limit = min(max(1, filter.limit), 1000)
        let after = filter.cursor.flatMap(LetterPlace.init)
        let found = matches(filter).reversed().filter { letter in after.map { letter.place < $0 } ?? true }
        return Page.cut(found.prefix(limit + 1).map(\.bare), limit: limit) { $0.place.description }
    }

    /// What fits, oldest death first.
    func matches(_ filter: LetterFilter) -> [Letter] { letters.values.filter(filter.takes).sorted { $0.place < $1.place } }

    func tally(_ filter: LetterFilter) -> LetterTally {
        matches(filter).reduce(into: LetterTally()) { $0.add(1, $1.reason, kind: $1.kind) }
    }

    var highestID: Int64 { lastID }

    /// Removes what is one too many, oldest first, with its evidence.
    mutating func trim(_ group: LetterTrim.Group, keeping count: Int, where isMember: (Letter) -> Bool) -> LetterTrim? {
        let old = letters.values.filter(isMember).sorted { $0.place < $1.place }.dropLast(count)
        guard !old.isEmpty else { return nil }
        for letter in old {
            letters[letter.id] = nil
            guard let number = letter.number else { continue }
            numbers[number] = nil
            evidence[number] = nil
        }
        return LetterTrim(group: group, removed: old.count, open: old.count { $0.state == .dead })
    }

    mutating func trimEvidence(_ keeping: LetterKeeping, now: Timestamp) {
        let free = evidence.filter { numbers[$0.key] == nil }.sorted { $0.value.notedAt < $1.value.notedAt }
        let tooMany = max(0, evidence.count - keeping.evidenceMax)
        for (place, old) in free.enumerated() where place < tooMany || old.value.notedAt <= now - keeping.evidenceFor {
            evidence[old.key] = nil
        }
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
    var place: LetterPlace { LetterPlace(diedAt: lastDiedAt, id: id) }

    /// As listed.
    fileprivate var bare: Letter { copy(state: state, retriedAs: retriedAs, body: nil, contentType: contentType) }

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
            taskClass: taskClass,
            priority: priority,
            olt: olt,
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
