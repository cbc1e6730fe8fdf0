import Domain
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Letters")
    struct Letters {
        private func unreadable(_ reason: LetterReason, _ body: [UInt8]) -> UnreadableMessage {
            UnreadableMessage(body: body, contentType: "application/json", reason: reason, explanation: "not JSON", queue: "intake.high")
        }

        /// A task that has died, and its letter.
        private func died(_ bench: Bench, key: String? = nil, priority: Priority = .high) async throws -> (task: FleetTask, letter: Letter)
        {
            let task = bench.task(key: key, priority: priority, maxAttempts: 3)
            try await bench.admit(task)
            let queued = try #require(try await bench.dispatch().first { $0.id == task.id })
            try await bench.record(bench.outcome(queued, .failed(Bench.final)))
            let letters = try await bench.letters.letters(LetterFilter()).items
            return (task, try #require(letters.first { $0.task == task.id }))
        }

        @Test(
            "messages that never became tasks are kept with their bytes, listed newest first, filtered, page by page",
            arguments: RecordBackend.available
        )
        func archive(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let messages = [
                    unreadable(.undecodable, [0, 1, 255]), unreadable(.unknownKind, [2]), unreadable(.undecodable, Array("{\0".utf8)),
                ]
                let ids = try await bench.letters.archive(messages, now: bench.now)
                #expect(ids == ids.sorted())
                #expect(Set(ids).count == 3)
                let first = try #require(try await bench.letters.letter(ids[0]))
                #expect(first.body == [0, 1, 255])
                #expect(first.contentType == "application/json")
                #expect(first.reason == .undecodable)
                #expect(first.message == "not JSON")
                #expect(first.task == nil)
                #expect(try await bench.letters.letter(999) == nil)

                var filter = LetterFilter()
                filter.reason = .undecodable
                filter.limit = 1
                let page = try await bench.letters.letters(filter)
                #expect(page.items.map(\.id) == [ids[2]])
                filter.cursor = page.next
                let next = try await bench.letters.letters(filter)
                #expect(next.items.map(\.id) == [ids[0]])
                #expect(next.next == nil)
            }
        }

        @Test(
            "a retry admits a new task with a fresh budget and closes the letter; the dead one stays dead; a second retry says so",
            arguments: RecordBackend.available
        )
        func retry(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let (task, letter) = try await died(bench, key: "k")
                let fresh = bench.id()
                let answers = try await bench.letters.retry([letter.id, 999], dryRun: false, makeID: { fresh }, now: bench.now)
                #expect(answers.map(\.answer) == [.retried(as: fresh), .notFound])
                #expect(answers[0].kind == "noop")

                let story = try #require(try await bench.tasks.task(fresh))
                #expect(story.state == .waiting)
                #expect(story.attempt == 1)
                #expect(story.task.retryOf == task.id)
                #expect(story.task.source == .retry)
                #expect(story.task.priority == .high)
                #expect(story.task.payload == task.payload)
                #expect(story.task.exclusionKey == task.exclusionKey)
                #expect(try await bench.state(task.id) == .dead)
                let closed = try #require(try await bench.letters.letter(letter.id))
                #expect(closed.state == .retried)
                #expect(closed.retriedAs == fresh)
                #expect(try await bench.letters.openLetters() == 0)
                let again = try await bench.letters.retry([letter.id], dryRun: false, makeID: { bench.id() }, now: bench.now)
                #expect(again.map(\.answer) == [.alreadyRetried(as: fresh)])
                #expect(try await bench.dispatch().map(\.id) == [fresh])
            }
        }

        @Test(
            "a dry run says what would happen and writes nothing; a message that was never a task cannot be retried",
            arguments: RecordBackend.available
        )
        func dryRun(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let (_, letter) = try await died(bench)
                let ids = try await bench.letters.archive([unreadable(.undecodable, [1])], now: bench.now) + [letter.id]
                let tasks = try await bench.taskCount()
                let answers = try await bench.letters.retry(ids, dryRun: true, makeID: { bench.id() }, now: bench.now)
                #expect(answers.map(\.answer) == [.noTask, .retried(as: nil)])
                #expect(try await bench.taskCount() == tasks)
                #expect(try await bench.letters.letter(letter.id)?.state == .dead)
                #expect(try await bench.letters.openLetters() == 2)
            }
        }

        @Test(
            "copies from the dead-letter queue are evidence of their number's letter, whichever comes first; strangers become letters",
            arguments: RecordBackend.available
        )
        func evidence(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                func copy(_ task: TaskID?, _ number: DispatchNumber?, _ body: [UInt8], _ reason: String) -> DeadMessage {
                    DeadMessage(task: task, number: number, reason: reason, firstQueue: "work.general.high", body: body, contentType: "x")
                }
                let (task, letter) = try await died(bench)
                try await bench.letters.attachEvidence([copy(task.id, letter.number, [7], "rejected")], now: bench.now)
                #expect(try await bench.letters.letter(letter.id)?.body == [7])

                let early = try await bench.queued(bench.task())
                try await bench.letters.attachEvidence(
                    [copy(early.id, early.number, [8], "rejected"), copy(nil, nil, [9], "undecodable")],
                    now: bench.now
                )
                #expect(try await bench.state(early.id) == .queued)
                try await bench.record(bench.outcome(early, .failed(Bench.final)))
                let letters = try await bench.letters.letters(LetterFilter()).items
                #expect(letters.first { $0.task == early.id }?.body == [8])
                let stranger = try #require(letters.first { $0.task == nil })
                #expect(stranger.body == [9])
                #expect(stranger.reason == .undecodable)
                #expect(letters.count == 3)
            }
        }
    }
}
