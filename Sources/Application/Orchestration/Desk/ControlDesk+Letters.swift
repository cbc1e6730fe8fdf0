package import Domain

/// Why an order on letters is not taken.
package enum LetterOrderError: Error, Hashable, Sendable {
    /// The payload that was given does not fit the task.
    case payload(Admission.Fault)
    /// There is no such letter, or it has no task.
    case noTask(letter: Int64)
    case record(RecordError)
}

extension ControlDesk {
    /// Newest death first.
    package func letters(_ filter: LetterFilter) async throws(RecordError) -> Page<Letter> {
        try await parts.letters.letters(filter)
    }

    package func letter(_ id: Int64) async throws(RecordError) -> Letter? {
        try await parts.letters.letter(id)
    }

    /// How many letters fit, by reason and kind.
    package func letterTally(_ filter: LetterFilter) async throws(RecordError) -> LetterTally {
        try await parts.letters.tally(filter)
    }

    /// What an order would do; nothing is written.
    package func plan(_ order: LetterOrder) async throws(LetterOrderError) -> LetterPlan {
        try await checkPayload(of: order)
        return try await orderError { () async throws(RecordError) in try await parts.letters.plan(order, now: parts.time.wall()) }
    }

    /// Does it at once: a few letters that are named.
    ///
    /// A dry run only says what would happen.
    package func perform(_ order: LetterOrder, on letters: [Int64], dryRun: Bool) async throws(LetterOrderError) -> [LetterAnswer] {
        try await checkPayload(of: order)
        let answers = try await orderError { () async throws(RecordError) in
            try await parts.letters.perform(
                order.verb,
                letters,
                priority: order.priority,
                payload: order.payload,
                dryRun: dryRun,
                makeID: parts.time.makeTaskID,
                now: parts.time.wall()
            )
        }
        guard !dryRun else { return answers }
        let done = answers.count(where: \.word.isDone)
        counters.count {
            switch order.verb {
            case .retry: $0.lettersRetried += done
            case .drop: $0.lettersDropped += done
            }
        }
        if order.verb == .retry, done > 0 { dispatcher.notify() }
        return answers
    }

    /// Begins a batch, which goes on whatever becomes of the caller or of this process.
    package func start(_ order: LetterOrder) async throws(LetterOrderError) -> LetterBatch {
        try await checkPayload(of: order)
        let batch = try await orderError { () async throws(RecordError) in
            try await parts.letters.start(order, now: parts.time.wall())
        }
        batchBell.ring()
        return batch
    }

    package func letterBatch(_ id: Int64) async throws(RecordError) -> LetterBatch? {
        try await parts.letters.batch(id)
    }

    /// Newest first.
    package func letterBatches(limit: Int, cursor: String?) async throws(RecordError) -> Page<LetterBatch> {
        try await parts.letters.batches(limit: limit, cursor: cursor)
    }

    /// Stops a batch that runs; `nil`: there is no such batch.
    package func stopLetterBatch(_ id: Int64) async throws(RecordError) -> LetterBatch? {
        try await parts.letters.stop(id, now: parts.time.wall())
    }

    /// A retry's own payload must be right for the kind of the task that died, and stay on its OLT.
    private func checkPayload(of order: LetterOrder) async throws(LetterOrderError) {
        guard let payload = order.payload, case .ids(let ids) = order.selection, let id = ids.first else { return }
        let story = try await orderError { () async throws(RecordError) -> TaskStory? in
            guard let task = try await parts.letters.letter(id)?.task else { return nil }
            return try await parts.tasks.task(task)
        }
        guard let story else { throw .noTask(letter: id) }
        do throws(Admission.Fault) {
            try Admission.check(payload: payload, instead: story.task)
        } catch {
            throw .payload(error)
        }
    }

    private func orderError<Answer>(_ ask: () async throws(RecordError) -> Answer) async throws(LetterOrderError) -> Answer {
        do throws(RecordError) {
            return try await ask()
        } catch {
            throw .record(error)
        }
    }
}
