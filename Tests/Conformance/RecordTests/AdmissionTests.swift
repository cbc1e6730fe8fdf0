import Domain
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Admission")
    struct AdmissionRules {
        @Test("what was admitted reads back as it was", arguments: RecordBackend.available)
        func roundTrip(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let task = bench.task(
                    key: "k",
                    priority: .urgent,
                    dueIn: .seconds(60),
                    payload: ["list": .list([1, "zwei", .null, true]), "x": 1.5]
                )
                #expect(try await bench.admit(task) == [.waiting])
                let story = try #require(try await bench.tasks.task(task.id))
                #expect(story.task == task)
                #expect(story.state == .waiting)
                #expect(story.attempt == 1)
                #expect(story.runs.isEmpty)
                #expect(try await bench.tasks.task(bench.id()) == nil)
            }
        }

        @Test("a task that goes at once has a number of its own, and numbers only grow", arguments: RecordBackend.available)
        func hotPath(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let answers = try await bench.admit(bench.task(), bench.task(), atOnce: true)
                let numbers = try answers.map { answer in
                    guard case .queued(let task) = answer else { throw Missing("a queued task") }
                    #expect(task.attempt == 1)
                    #expect(task.payload == ["sleepMs": 5])
                    return task.number
                }
                #expect(Set(numbers).count == 2)
                let third = try await bench.queued(bench.task())
                #expect(numbers.allSatisfy { $0 < third.number })
                #expect(try await bench.tasks.laneCounts(now: bench.now).queued == [Lane(.general, .normal): 3])
            }
        }

        @Test(
            "an id that exists is a duplicate with the state it has; nothing is written twice",
            arguments: RecordBackend.available,
            [nil, "olt:7"]
        )
        func duplicates(_ backend: RecordBackend, _ key: String?) async throws {
            try await Bench.with(backend) { bench in
                let task = bench.task(key: key)
                let twice = try await bench.admit(task, task)
                #expect(twice == [.waiting, .duplicate(of: task.id, .waiting)])
                let dispatched = try await bench.dispatch()
                #expect(dispatched.map(\.id) == [task.id])
                let fresh = bench.task(key: key)
                #expect(try await bench.admit(task, fresh) == [.duplicate(of: task.id, .queued), key == nil ? .waiting : .blocked])
                try await bench.record(bench.outcome(dispatched[0], .succeeded))
                #expect(try await bench.admit(task, mayExist: true) == [.duplicate(of: task.id, .succeeded)])
                #expect(try await bench.taskCount() == 2)
            }
        }

        @Test(
            "of a key one task waits and the others are blocked, within a batch and across batches; the more urgent changes places",
            arguments: RecordBackend.available
        )
        func keys(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let first = bench.task(key: "olt:7", dueIn: .seconds(-1))
                let second = bench.task(key: "olt:7")
                #expect(try await bench.admit(first, second, bench.task(key: "olt:8")) == [.waiting, .blocked, .waiting])
                #expect(try await bench.admit(bench.task(key: "olt:7", priority: .low)) == [.blocked])

                let urgent = bench.task(key: "olt:7", priority: .urgent)
                #expect(try await bench.admit(urgent) == [.waiting])
                #expect(try await bench.state(first.id) == .blocked)
                let story = try #require(try await bench.tasks.task(first.id))
                #expect(story.waitingBecause?.contains("olt:7") == true)

                // Behind a number nobody changes places.
                #expect(try await bench.dispatch().contains { $0.id == urgent.id })
                #expect(try await bench.admit(bench.task(key: "olt:7", priority: .emergency)) == [.blocked])
                #expect(try await bench.tasks.task(first.id)?.waitingBecause == "olt:7 is held by task \(urgent.id)")
                #expect(try await bench.tasks.promoteForgotten(now: bench.now) == 0)
            }
        }

        @Test("a keyed task that is due later does not compete before its time", arguments: RecordBackend.available)
        func later(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let later = bench.task(key: "k", priority: .emergency, dueIn: .seconds(60))
                let now = bench.task(key: "k")
                let answers = try await bench.admit(later, now)
                #expect(answers == [.waiting, .waiting])
                #expect(try await bench.dispatch().map(\.id) == [now.id])
                #expect(try await bench.dispatch(at: bench.now + .seconds(61)).isEmpty)
                #expect(try await bench.state(later.id) == .blocked)
            }
        }

        @Test("tasks are listed newest first, by state, kind and OLT, page by page", arguments: RecordBackend.available)
        func listing(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                for number in 0..<7 {
                    try await bench.admit(bench.task(olt: number < 3 ? OLTID(5) : nil, kind: number < 3 ? "snmp.probe" : "noop"))
                }
                var filter = TaskFilter()
                filter.limit = 3
                var seen: [TaskID] = []
                var pages = 0
                repeat {
                    let page = try await bench.tasks.tasks(filter)
                    seen += page.items.map(\.task.id)
                    filter.cursor = page.next
                    pages += 1
                } while filter.cursor != nil
                #expect(pages == 3)
                #expect(Set(seen).count == 7)

                var probes = TaskFilter()
                probes.kind = "snmp.probe"
                probes.olt = OLTID(5)
                probes.state = .waiting
                #expect(try await bench.tasks.tasks(probes).items.count == 3)
                probes.state = .dead
                #expect(try await bench.tasks.tasks(probes).items.isEmpty)
            }
        }
    }
}
