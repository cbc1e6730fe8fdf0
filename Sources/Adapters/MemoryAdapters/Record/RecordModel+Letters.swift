package import Domain

extension RecordModel {
    package mutating func archive(_ messages: [UnreadableMessage], now: Timestamp) -> [Int64] { letters.archive(messages, now: now) }

    /// Copies with a number are evidence, found by it from the letter of that number; the others are letters of their own.
    ///
    /// - Returns: the numbers that nobody will report any more.
    package mutating func attachEvidence(_ messages: [DeadMessage], now: Timestamp) -> [GivenUpNumber] {
        for message in messages {
            if let number = message.number { letters.attach(message, number: number, now: now) }
        }
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
        var found: Set<GivenUpNumber> = []
        // A worker rejects after its outcome was confirmed: the outcome decides, the copy is only evidence.
        return messages.filter { $0.reason != "rejected" }.compactMap { message in
            guard let number = message.number, let row = message.task.flatMap({ table[$0] }), row.state == .queued, row.number == number
            else { return nil }
            let givenUp = GivenUpNumber(task: row.id, number: number, key: row.key)
            return found.insert(givenUp).inserted ? givenUp : nil
        }
    }

    /// Decides about numbers that the broker gave up.
    package mutating func charge(
        _ answers: [(givenUp: GivenUpNumber, answer: VoidAnswer)],
        judge: OutcomeJudge,
        now: Timestamp
    ) -> RecordSummary {
        var summary = RecordSummary()
        var changes: [RowChange] = []
        var judged: Set<TaskID> = []
        for (givenUp, answer) in answers {
            guard let row = table[givenUp.task], judged.insert(givenUp.task).inserted else { continue }
            let change = judge.rescue(row.standing, number: givenUp.number, answer: answer, now: now)
            guard change != .stale else {
                summary.stale += 1
                continue
            }
            changes.append(RowChange(row: row, number: givenUp.number, change: change, outcome: nil, unrecordable: nil))
        }
        write(changes, into: &summary, now: now)
        return summary
    }

    // MARK: Verbs

    /// What the order would do.
    package func plan(_ order: LetterOrder, now: Timestamp) -> LetterPlan {
        let ids: [Int64]
        switch order.selection {
        case .ids(let asked): ids = asked
        case .filter(let filter): ids = letters.matches(filter.forVerbs).map(\.id)
        }
        var copy = self
        let answers = copy.perform(order, ids, dryRun: true, makeID: { TaskID(high: 0, low: 0) }, now: now)
        var closes = LetterTally()
        for answer in answers where answer.word.isDone {
            if let reason = answer.reason { closes.add(1, reason, kind: answer.kind) }
        }
        let obstacles = answers.filter { !$0.word.isDone }.sorted { $0.letter < $1.letter }
        return LetterPlan(
            verb: order.verb,
            closes: closes,
            leaves: obstacles.count,
            obstacles: Array(obstacles.prefix(LetterPlan.obstaclesMax))
        )
    }

    /// Closes letters; a retry admits a new task per letter in the same step.
    ///
    /// With `dryRun` nothing is written.
    package mutating func perform(
        _ order: LetterOrder,
        _ ids: [Int64],
        dryRun: Bool,
        makeID: () -> TaskID,
        now: Timestamp
    ) -> [LetterAnswer] {
        var admitted: [(letter: Int64, task: FleetTask)] = []
        var asked: Set<Int64> = []
        let answers = ids.filter { asked.insert($0).inserted }.map { id in
            let letter = letters.letter(id)
            let word =
                switch order.verb {
                case .retry: retried(letter, order, dryRun: dryRun, makeID, now, &admitted)
                case .drop: letter.map { $0.state == .dead ? LetterAnswer.Word.dropped : .notOpen($0.state) } ?? .notFound
                }
            return LetterAnswer(letter: id, kind: letter?.kind, reason: letter?.reason, word: word)
        }
        guard !dryRun else { return answers }
        for answer in answers where answer.word == .dropped { letters.close(answer.letter, as: .dropped) }
        if !admitted.isEmpty { _ = admit(admitted.map { AdmittedTask($0.task, goesAtOnce: false) }, now: now) }
        for (letter, task) in admitted { letters.close(letter, as: .retried, retriedAs: task.id) }
        return answers
    }

    private func retried(
        _ letter: Letter?,
        _ order: LetterOrder,
        dryRun: Bool,
        _ makeID: () -> TaskID,
        _ now: Timestamp,
        _ admitted: inout [(letter: Int64, task: FleetTask)]
    ) -> LetterAnswer.Word {
        guard let letter else { return .notFound }
        switch letter.state {
        case .retried, .retrying: return .alreadyRetried(as: letter.retriedAs)
        case .dead, .dropped:
            guard let original = letter.task.flatMap({ table[$0] }) else { return .noTask }
            let task = original.task.again(as: makeID(), priority: order.priority, payload: order.payload, now: now)
            admitted.append((letter.id, task))
            return .retried(as: dryRun ? nil : task.id)
        }
    }
}
