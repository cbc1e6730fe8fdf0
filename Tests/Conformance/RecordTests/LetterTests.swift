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
                let answers = try await bench.retry([letter.id, 999, letter.id]) { fresh }
                #expect(answers.map(\.word) == [.retried(as: fresh), .notFound])
                #expect(answers[0].kind == "noop")
                #expect(answers[0].reason == .final)

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
                #expect(try await bench.retry([letter.id]).map(\.word) == [.alreadyRetried(as: fresh)])
                #expect(try await bench.dispatch().map(\.id) == [fresh])
            }
        }

        @Test("a retry may have a priority and a payload of its own", arguments: RecordBackend.available)
        func changed(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let (task, letter) = try await died(bench)
                let fresh = bench.id()
                _ = try await bench.letters.perform(
                    .retry,
                    [letter.id],
                    priority: .urgent,
                    payload: ["sleepMs": 1],
                    dryRun: false,
                    makeID: { fresh },
                    now: bench.now
                )
                let story = try #require(try await bench.tasks.task(fresh))
                #expect(story.task.priority == .urgent)
                #expect(story.task.payload == ["sleepMs": 1])
                #expect(story.task.labels == task.labels)
            }
        }

        @Test("retried tasks of one key go out one after the other", arguments: RecordBackend.available)
        func keyed(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                var letters: [Int64] = []
                for _ in 0..<3 { letters.append(try await died(bench, key: "k").letter.id) }
                _ = try await bench.retry(letters)
                var ended = 0
                while let next = try await bench.dispatch().first {
                    #expect(try await bench.dispatch().isEmpty)
                    try await bench.record(bench.outcome(next, .succeeded))
                    ended += 1
                }
                #expect(ended == 3)
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
                let tasks = try await bench.tasks.stateCounts()
                #expect(try await bench.retry(ids, dryRun: true).map(\.word) == [.noTask, .retried(as: nil)])
                #expect(try await bench.drop(ids, dryRun: true).map(\.word) == [.dropped, .dropped])
                #expect(try await bench.tasks.stateCounts() == tasks)
                #expect(try await bench.letters.letter(letter.id)?.state == .dead)
                #expect(try await bench.letters.openLetters() == 2)
            }
        }

        @Test("a dropped letter is closed; it cannot be dropped twice but still be retried", arguments: RecordBackend.available)
        func drop(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let (_, letter) = try await died(bench)
                #expect(try await bench.drop([letter.id, 999]).map(\.word) == [.dropped, .notFound])
                #expect(try await bench.letters.openLetters() == 0)
                #expect(try await bench.drop([letter.id]).map(\.word) == [.notOpen(.dropped)])
                #expect(try await bench.retry([letter.id]).allSatisfy { $0.word.isDone })
                #expect(try await bench.drop([letter.id]).map(\.word) == [.notOpen(.retried)])
            }
        }

        @Test(
            "a plan counts by kind and reason what would be closed and names what would not; it writes nothing",
            arguments: RecordBackend.available
        )
        func plan(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let (_, letter) = try await died(bench)
                let strangers = try await bench.letters.archive(
                    [unreadable(.undecodable, [1]), unreadable(.unknownKind, [2])],
                    now: bench.now
                )
                let all = try await bench.letters.plan(LetterOrder(.retry, .filter(LetterFilter())), now: bench.now)
                #expect(all.closes.byKind == ["noop": 1])
                #expect(all.closes.byReason == [.final: 1])
                #expect(all.leaves == 2)
                #expect(all.obstacles.map(\.letter) == strangers)
                #expect(all.obstacles.map(\.word) == [.noTask, .noTask])

                let drop = try await bench.letters.plan(LetterOrder(.drop, .filter(LetterFilter())), now: bench.now)
                #expect(drop.closes.byKind == ["noop": 1, "": 2])
                #expect(drop.leaves == 0)

                let named = try await bench.letters.plan(LetterOrder(.retry, .ids([letter.id, 999])), now: bench.now)
                #expect(named.closes.total == 1)
                #expect(named.obstacles.map(\.word) == [.notFound])
                #expect(try await bench.letters.openLetters() == 3)
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
                #expect(try await bench.attach(copy(task.id, letter.number, [7], "rejected")).isEmpty)
                #expect(try await bench.letters.letter(letter.id)?.body == [7])

                let early = try await bench.queued(bench.task())
                let givenUp = try await bench.attach(
                    copy(early.id, early.number, [8], "rejected"),
                    copy(nil, nil, [9], "undecodable")
                )
                #expect(givenUp.isEmpty)
                #expect(try await bench.state(early.id) == .queued)
                try await bench.record(bench.outcome(early, .failed(Bench.final)))
                let letters = try await bench.letters.letters(LetterFilter()).items
                let own = try #require(letters.first { $0.task == early.id })
                #expect(try await bench.letters.letter(own.id)?.body == [8])
                let stranger = try #require(letters.first { $0.task == nil })
                #expect(try await bench.letters.letter(stranger.id)?.body == [9])
                #expect(stranger.reason == .undecodable)
                #expect(letters.count == 3)
            }
        }
    }
}
