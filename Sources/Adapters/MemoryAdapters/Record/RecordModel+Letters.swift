package import Domain

extension RecordModel {
    package mutating func archive(_ messages: [UnreadableMessage], now: Timestamp) -> [Int64] { letters.archive(messages, now: now) }

    /// Copies with a number are evidence, found by it from the letter of that number; the others are letters of their own.
    package mutating func attachEvidence(_ messages: [DeadMessage], now: Timestamp) {
        var givenUp: [(task: TaskID, number: DispatchNumber)] = []
        for message in messages {
            guard let number = message.number else { continue }
            letters.attach(message, number: number)
            // A worker rejects after its outcome was confirmed: the outcome decides, the copy is only evidence.
            if message.reason != "rejected", let task = message.task { givenUp.append((task, number)) }
        }
        giveUp(givenUp, now: now)
        let strangers = messages.filter { $0.number == nil }.map { message in
            UnreadableMessage(
                body: message.body,
                contentType: message.contentType,
                reason: LetterReason(rawValue: message.reason) ?? .undecodable,
                explanation: "a message without a number came back: \(message.reason)",
                queue: message.firstQueue ?? "dead"
            )
        }
        _ = letters.archive(strangers, now: now)
    }

    /// The broker gave a message up whose number is current: nobody will run it.
    ///
    /// A plain task has no lease to wait for: the worker that had it counts as lost. A keyed one is watched: the rescue decides.
    private mutating func giveUp(_ numbers: [(task: TaskID, number: DispatchNumber)], now: Timestamp) {
        var changes: [RowChange] = []
        var judged: Set<TaskID> = []
        for (task, number) in numbers {
            guard var row = table[task], row.state == .queued, row.number == number else { continue }
            guard row.key == nil else {
                row.watchFrom = row.watchFrom ?? now
                table.put(row)
                continue
            }
            let change = OutcomeJudge().rescue(row.standing, number: number, answer: .void(wasGranted: true), now: now)
            guard change != .stale, judged.insert(task).inserted else { continue }
            changes.append(RowChange(row: row, number: number, change: change, outcome: nil, unrecordable: nil))
        }
        var summary = RecordSummary()
        write(changes, into: &summary, now: now)
    }

    /// Admits a new task per letter in the step that closes the letter; with `dryRun` nothing is written.
    package mutating func retry(_ ids: [Int64], dryRun: Bool, makeID: () -> TaskID, now: Timestamp) -> [LetterRetry] {
        var admitted: [(letter: Int64, task: FleetTask)] = []
        var asked: Set<Int64> = []
        let retries = ids.filter { asked.insert($0).inserted }.map { id in
            let letter = letters.letter(id)
            return LetterRetry(letter: id, kind: letter?.kind, answer: answer(letter, dryRun: dryRun, makeID, now, &admitted))
        }
        guard !dryRun else { return retries }
        _ = admit(admitted.map { AdmittedTask($0.task, goesAtOnce: false) }, now: now)
        for (letter, task) in admitted { letters.close(letter, retriedAs: task.id) }
        return retries
    }

    private func answer(
        _ letter: Letter?,
        dryRun: Bool,
        _ makeID: () -> TaskID,
        _ now: Timestamp,
        _ admitted: inout [(letter: Int64, task: FleetTask)]
    ) -> LetterRetry.Answer {
        guard let letter else { return .notFound }
        switch letter.state {
        case .retried, .retrying: return .alreadyRetried(as: letter.retriedAs)
        case .dead, .dropped:
            guard let original = letter.task.flatMap({ table[$0] }) else { return .noTask }
            let task = original.task.again(as: makeID(), now: now)
            admitted.append((letter.id, task))
            return .retried(as: dryRun ? nil : task.id)
        }
    }
}

extension FleetTask {
    /// The same work as a new task with a fresh budget, due at once.
    fileprivate func again(as id: TaskID, now: Timestamp) -> FleetTask {
        FleetTask(
            id: id,
            kind: kind,
            payload: payload,
            priority: priority,
            taskClass: taskClass,
            exclusionKey: exclusionKey,
            olt: olt,
            timeout: timeout,
            maxAttempts: maxAttempts,
            backoff: backoff,
            createdAt: now,
            dueAt: now,
            labels: labels,
            source: .retry,
            retryOf: self.id
        )
    }
}
