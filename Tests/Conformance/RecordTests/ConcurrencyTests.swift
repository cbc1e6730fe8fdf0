import Domain
import Synchronization
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Concurrency")
    struct Concurrency {
        /// Who holds which key, as the outside sees it.
        private final class Holders: Sendable {
            private let held = Mutex<Set<ExclusionKey>>([])
            let violations = Mutex<[String]>([])

            func queued(_ tasks: [DispatchedTask]) {
                for key in tasks.compactMap(\.exclusionKey) where !held.withLock({ $0.insert(key).inserted }) {
                    violations.withLock { $0.append("\(key) was queued twice") }
                }
            }

            func willEnd(_ tasks: [DispatchedTask]) {
                held.withLock { $0.subtract(tasks.compactMap(\.exclusionKey)) }
            }
        }

        private final class Count: Sendable {
            private let value = Mutex(0)

            var now: Int { value.withLock(\.self) }

            func add(_ more: Int) { value.withLock { $0 += more } }
        }

        private static let keys = (0..<50).map { "olt:\($0)" }

        @Test("8 dispatchers and 8 admitters on 50 keys never queue two tasks of a key, forget none, and end all")
        func keys() async throws {
            try await Bench.with { bench in
                let holders = Holders()
                let total = 8 * 12 * 10
                let ended = Count()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<8 {
                        group.addTask { try await admit(bench) }
                        group.addTask { try await work(bench, holders, ended, total) }
                    }
                    group.addTask {
                        while ended.now < total {
                            let twice = try await bench.number(
                                """
                                select count(*) from (
                                    select exclusion_key from tasks where state = 1 and exclusion_key is not null
                                    group by exclusion_key having count(*) > 1
                                ) as twice
                                """
                            )
                            #expect(twice == 0)
                            #expect(try await bench.tasks.promoteForgotten(now: bench.now + .seconds(3600)) == 0)
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(holders.violations.withLock(\.self) == [])
                let states = try await bench.tasks.stateCounts()
                #expect(states[.succeeded, default: 0] + states[.dead, default: 0] == total)
                #expect(states[.waiting] == 0)
                #expect(states[.queued] == 0)
                #expect(states[.blocked] == 0)
                #expect(try await bench.number("select count(*) from exclusions") == 0)
                #expect(try await bench.number("select deadlocks from pg_stat_database where datname = current_database()") == 0)
            }
        }

        private func admit(_ bench: Bench) async throws {
            for _ in 0..<12 {
                let tasks = (0..<10).map { _ in
                    bench.task(key: Self.keys.randomElement(), priority: Priority.allCases.randomElement() ?? .normal, maxAttempts: 3)
                }
                _ = try await bench.tasks.admit(tasks.map { AdmittedTask($0, goesAtOnce: false) }, now: bench.now)
            }
        }

        /// Dispatches, publishes, and ends what it got, until everything has ended.
        private func work(_ bench: Bench, _ holders: Holders, _ ended: Count, _ total: Int) async throws {
            var time = bench.now
            while ended.now < total {
                // Time runs fast enough for every backoff.
                time = time + .seconds(1)
                let tasks = try await bench.tasks.dispatchDue(room: Bench.plentyOfRoom, keyed: true, limit: 7, now: time)
                holders.queued(tasks)
                try await bench.tasks.published(tasks.map(\.number), now: time)
                let outcomes = tasks.map { task in
                    let verdicts: [Verdict] = [
                        .succeeded, .succeeded, .failed(Bench.retryable), .failed(Bench.final), .deferred(Deferral(.handedBack)),
                    ]
                    return bench.outcome(task, verdicts.randomElement() ?? .succeeded)
                }
                holders.willEnd(tasks)
                let summary = try await bench.tasks.record(outcomes.shuffled(), judge: bench.judge, now: time)
                #expect(summary.stale == 0)
                ended.add(summary.succeeded + summary.dead)
            }
        }
    }
}
