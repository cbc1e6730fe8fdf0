import Domain
import Postgres
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Observations of the broker")
    struct Observations {
        private let lane = Lane(.general, .normal)
        private let ours = ObservedQueue.lane(Lane(.general, .normal))

        private func horizon(_ bench: Bench) async throws -> DispatchNumber {
            try await bench.observations.queuedNumbers(upTo: nil).last
        }

        private func missing(_ bench: Bench, ready: Int = 0) async throws -> [MissingNumber] {
            try await bench.observations.missing(in: lane, upTo: try await horizon(bench), ready: ready, limit: 100)
        }

        private func registration(_ name: String, _ bench: Bench, _ hand: [DispatchNumber]) -> WorkerRegistration {
            WorkerRegistration(
                id: WorkerID(name),
                hostname: "host",
                pid: 7,
                version: "1",
                startedAt: bench.now,
                labels: [:],
                slots: [:],
                kinds: [],
                connection: 1,
                numbersInHand: hand
            )
        }

        private func beat(_ name: String, _ bench: Bench, _ hand: [DispatchNumber], running: DispatchedTask) -> Heartbeat {
            Heartbeat(
                worker: WorkerID(name),
                sentAt: bench.now,
                status: .healthy,
                running: [
                    RunningAttempt(task: running.id, number: running.number, kind: "noop", since: bench.now, progress: RunProgress())
                ],
                slotsUsed: [:],
                queuedTasks: 0,
                tasksCompleted: 0,
                tasksFailed: 0,
                averageRunMs: 0,
                numbersInHand: hand
            )
        }

        /// Plain tasks that were queued and confirmed.
        private func confirmed(_ bench: Bench, _ count: Int) async throws -> [DispatchedTask] {
            var tasks: [DispatchedTask] = []
            for _ in 0..<count { tasks.append(try await bench.queued(bench.task())) }
            try await bench.tasks.published(tasks.map(\.number), now: bench.now)
            return tasks
        }

        @Test("the largest value of each observer's markers is kept, and forgotten a day later", arguments: RecordBackend.available)
        func markers(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let record = bench.observations
                let (one, two) = (OutcomeMarker(observer: "a", value: 2), OutcomeMarker(observer: "a", value: 1))
                try await record.note([one, two, OutcomeMarker(observer: "b", value: 9)], now: bench.now)
                try await record.note([two], now: bench.now)
                #expect(try await record.lastMarker(of: "a") == 2)
                #expect(try await record.lastMarker(of: "c") == nil)
                try await record.note([OutcomeMarker(observer: "c", value: 1)], now: bench.now + .seconds(86_401))
                #expect(try await record.lastMarker(of: "b") == nil)
            }
        }

        @Test(
            "a queue that is made anew opens a case up to the last number; once more, and it begins again",
            arguments: RecordBackend.available
        )
        func madeAnew(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let record = bench.observations
                let first = try await confirmed(bench, 1)[0]
                try await record.noteMadeAnew([ours, .outcomes], now: bench.now)
                let cases = try await record.claimCases(by: "a", for: .seconds(5), now: bench.now)
                #expect(Set(cases.map(\.queue)) == [ours, .outcomes])
                #expect(cases.allSatisfy { $0.horizon == first.number && $0.reason == .madeAnew && $0.openedAt == bench.now })

                let second = try await confirmed(bench, 1)[0]
                try await record.noteMadeAnew([ours], now: bench.now + .seconds(1))
                // The older case is not the one that is open.
                for found in cases { try await record.settle(found, now: bench.now + .seconds(2)) }
                let left = try await record.claimCases(by: "a", for: .seconds(5), now: bench.now + .seconds(2))
                #expect(left.map(\.horizon) == [second.number])
                for found in left { try await record.settle(found, now: bench.now + .seconds(3)) }
                #expect(try await record.claimCases(by: "a", for: .seconds(5), now: bench.now + .seconds(9)).isEmpty)
            }
        }

        @Test("one instance has a case at a time; after its span another takes it over", arguments: RecordBackend.available)
        func claims(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let record = bench.observations
                try await record.noteOvertaken(lane, upTo: DispatchNumber(7), now: bench.now)
                try await record.noteOvertaken(lane, upTo: DispatchNumber(5), now: bench.now + .seconds(1))
                let found = LossCase(queue: ours, reason: .overtaken, horizon: DispatchNumber(7), openedAt: bench.now)
                #expect(try await record.claimCases(by: "a", for: .seconds(5), now: bench.now) == [found])
                #expect(try await record.claimCases(by: "b", for: .seconds(5), now: bench.now + .seconds(4)).isEmpty)
                #expect(try await record.claimCases(by: "a", for: .seconds(5), now: bench.now + .seconds(4)) == [found])
                #expect(try await record.claimCases(by: "b", for: .seconds(5), now: bench.now + .seconds(10)) == [found])
            }
        }

        @Test(
            "what live workers have in hand, what lies in the lane and what was never confirmed is not missing",
            arguments: RecordBackend.available
        )
        func hands(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let tasks = try await confirmed(bench, 5)
                _ = try await bench.queued(bench.task())
                let live = registration("live", bench, [tasks[0].number])
                let gone = registration("gone", bench, [tasks[1].number])
                try await bench.fleet.note([.registration(gone)], now: bench.now - .seconds(60))
                try await bench.fleet.note([.registration(live)], now: bench.now)
                _ = try await bench.fleet.markLost(silentSince: bench.now - .seconds(30))
                #expect(try await missing(bench, ready: 1).map(\.number) == [tasks[1], tasks[2], tasks[3]].map(\.number))
                #expect(try await bench.observations.oldestBeat() == bench.now)

                let beat = beat("live", bench, [tasks[2].number], running: tasks[1])
                try await bench.fleet.note([.heartbeat(beat)], now: bench.now + .seconds(1))
                #expect(try await missing(bench).map(\.number) == [tasks[0], tasks[3], tasks[4]].map(\.number))
                #expect(try await bench.observations.oldestBeat() == bench.now + .seconds(1))
            }
        }

        @Test("a number that was started says so, and one that is watched is left to its watch", arguments: RecordBackend.available)
        func marks(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                try await bench.admit(bench.task(key: "k"))
                let keyed = try await bench.dispatch()[0]
                try await bench.tasks.published([keyed.number], now: bench.now)
                let plain = try await confirmed(bench, 1)[0]
                try await bench.record(bench.outcome(plain, .started))
                #expect(try await missing(bench).map(\.isStarted) == [false, true])
                #expect(try await missing(bench).map(\.key) == [keyed.exclusionKey, nil])

                let seen = Seen(.granted, highest: keyed.number, leaseLeft: .seconds(5))
                try await bench.record(bench.outcome(keyed, .seen(seen)))
                #expect(try await missing(bench).map(\.number) == [plain.number])
            }
        }

        @Test("a lost number is left once: uncharged, due at once; one whose lease is held is watched", arguments: RecordBackend.available)
        func release(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                try await bench.admit(bench.task(key: "k"), bench.task(key: "k"), bench.task(key: "held"))
                let keyed = try await bench.dispatch()
                try await bench.tasks.published(keyed.map(\.number), now: bench.now)
                let plain = try await confirmed(bench, 1)[0]
                let lost = try await missing(bench)
                #expect(Set(lost.map(\.number)) == Set((keyed + [plain]).map(\.number)))
                let answers = lost.map { number -> (number: MissingNumber, answer: VoidAnswer) in
                    (number, number.key?.text == "held" ? .held(for: .seconds(9)) : .void(wasGranted: false))
                }

                let summary = try await bench.observations.release(answers, judge: bench.judge, now: bench.now)
                let again = try await bench.observations.release(answers, judge: bench.judge, now: bench.now)

                #expect(summary.released == 2)
                #expect(summary.watched == 1)
                #expect(summary.left == [lane: 2])
                #expect(again.released == 0)
                let story = try #require(try await bench.tasks.task(plain.id))
                #expect(story.state == .waiting)
                #expect(story.attempt == 1)
                #expect(story.runs.isEmpty)
                let next = try await bench.dispatch()
                #expect(Set(next.map(\.exclusionKey)) == [nil, ExclusionKey("k")])
                #expect(next.allSatisfy { $0.number > plain.number })
            }
        }
    }
}
