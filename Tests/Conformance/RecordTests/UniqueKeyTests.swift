import Domain
import Testing

extension RecordSuites {
    @Suite("Unique keys")
    struct UniqueKeys {
        private func claim(_ name: String, until: Timestamp? = nil, fingerprint: String? = nil) throws -> UniqueClaim {
            UniqueClaim(try #require(UniqueKey(fingerprint == nil ? .draft : .request, name)), until: until, fingerprint: fingerprint)
        }

        @Test("while its task is not done a key answers with that task; afterwards it is free", arguments: RecordBackend.available)
        func untilDone(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let first = bench.task(claims: [try claim("nightly")])
                let second = bench.task(claims: [try claim("nightly")])
                #expect(try await bench.admit(first, second) == [.waiting, .duplicate(of: first.id, .waiting)])
                let dispatched = try await bench.dispatch()
                #expect(try await bench.admit(second) == [.duplicate(of: first.id, .queued)])
                try await bench.record(bench.outcome(dispatched[0], .succeeded))
                #expect(try await bench.admit(second) == [.waiting])
                #expect(try await bench.tasks.task(second.id)?.task.uniqueClaims == second.uniqueClaims)
            }
        }

        @Test("a key with a time of its own stands until then, also when its task has ended", arguments: RecordBackend.available)
        func window(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let until = bench.now + .seconds(60)
                let first = bench.task(claims: [try claim("hourly", until: until)])
                try await bench.admit(first)
                try await bench.record(bench.outcome(try await bench.dispatch()[0], .succeeded))
                let second = bench.task(claims: [try claim("hourly", until: until + .seconds(60))])
                #expect(try await bench.admit(second, at: until - .seconds(1)) == [.duplicate(of: first.id, .succeeded)])
                #expect(try await bench.admit(second, at: until) == [.waiting])
            }
        }

        @Test("the same request is one task, another one under the same key is refused", arguments: RecordBackend.available)
        func request(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let until = bench.now + .seconds(86_400)
                let first = bench.task(claims: [try claim("k", until: until, fingerprint: "a")])
                let again = bench.task(claims: [try claim("k", until: until, fingerprint: "a")])
                let other = bench.task(claims: [try claim("k", until: until, fingerprint: "b")])
                let key = try #require(UniqueKey(.request, "k"))
                #expect(
                    try await bench.admit(first, again, other) == [
                        .waiting, .duplicate(of: first.id, .waiting), .keyReused(key, by: first.id),
                    ]
                )
                #expect(try await bench.admit(other, again) == [.keyReused(key, by: first.id), .duplicate(of: first.id, .waiting)])
            }
        }

        @Test("a task that is refused for one key leaves its other keys free", arguments: RecordBackend.available)
        func allOrNone(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let first = bench.task(claims: [try claim("a")])
                try await bench.admit(first)
                let both = bench.task(claims: [try claim("a"), try claim("b", until: bench.now + .seconds(60), fingerprint: "x")])
                #expect(try await bench.admit(both) == [.duplicate(of: first.id, .waiting)])
                let third = bench.task(claims: [try claim("b", until: bench.now + .seconds(60), fingerprint: "y")])
                #expect(try await bench.admit(third) == [.waiting])
                #expect(try await bench.uniqueKeys() == 2)
            }
        }

        @Test("of many that come at once with one key exactly one is admitted, and the others name it", arguments: RecordBackend.available)
        func atOnce(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let tasks = try (0..<24).map { place in bench.task(claims: [try claim("k\(place % 3)")]) }
                let answers = try await withThrowingTaskGroup(of: (TaskID, AdmissionAnswer).self) { group in
                    for task in tasks { group.addTask { (task.id, try await bench.admit(task)[0]) } }
                    return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
                }
                let admitted = Set(answers.filter { $0.value == .waiting }.map(\.key))
                #expect(admitted.count == 3)
                for answer in answers.values {
                    if case .duplicate(let of, _) = answer { #expect(admitted.contains(of)) }
                }
                #expect(try await bench.taskCount() == 3)
            }
        }
    }
}
