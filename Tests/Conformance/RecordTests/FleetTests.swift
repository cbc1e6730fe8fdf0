import Domain
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Fleet")
    struct Fleet {
        private func registration(_ name: String, _ bench: Bench, connection: Int = 1) -> WorkerRegistration {
            WorkerRegistration(
                id: WorkerID(name),
                hostname: "host",
                pid: 7,
                version: "1.0",
                startedAt: bench.now,
                labels: ["rack": "3"],
                slots: [.network: 64, .general: 2],
                kinds: ["noop", "snmp.discovery"],
                connection: connection,
                numbersInHand: [DispatchNumber(5)]
            )
        }

        private func beat(_ name: String, _ bench: Bench, status: WorkerStatus = .healthy) -> Heartbeat {
            Heartbeat(
                worker: WorkerID(name),
                sentAt: bench.now,
                status: status,
                running: [
                    RunningAttempt(
                        task: bench.id(),
                        number: DispatchNumber(9),
                        kind: "noop",
                        since: bench.now,
                        progress: RunProgress(rows: 3)
                    )
                ],
                slotsUsed: [.general: 1],
                queuedTasks: 4,
                tasksCompleted: 10,
                tasksFailed: 1,
                averageRunMs: 12.5
            )
        }

        @Test(
            "registrations and beats read back as they came, newest first; a beat of a stranger is dropped",
            arguments: RecordBackend.available
        )
        func roundTrip(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                let first = registration("a", bench)
                let second = registration("b", bench)
                let beat = beat("a", bench, status: .degraded)
                try await bench.fleet.note([.registration(first)], now: bench.now)
                let later = bench.now + .seconds(1)
                try await bench.fleet.note([.registration(second), .heartbeat(beat), .heartbeat(self.beat("zombie", bench))], now: later)
                let workers = try await bench.fleet.workers(now: later)
                #expect(workers.map(\.registration) == [second, first])
                #expect(workers.map(\.lastBeat) == [nil, beat])
                #expect(workers.map(\.status) == [.healthy, .degraded])
                #expect(workers.map(\.lastSeenAt) == [later, later])
                #expect(try await bench.fleet.workers(now: later + .seconds(86_401)).isEmpty)
            }
        }

        @Test(
            "a silent worker is lost once; one that stopped is not; one that beats again is not lost any more",
            arguments: RecordBackend.available
        )
        func lost(_ backend: RecordBackend) async throws {
            try await Bench.with(backend) { bench in
                try await bench.fleet.note(["a", "b", "c"].map { .registration(registration($0, bench)) }, now: bench.now)
                let later = bench.now + .seconds(60)
                try await bench.fleet.note([.heartbeat(beat("b", bench, status: .stopped))], now: bench.now)
                try await bench.fleet.note([.heartbeat(beat("c", bench))], now: later)
                #expect(try await bench.fleet.markLost(silentSince: later - .seconds(45)) == [WorkerID("a")])
                #expect(try await bench.fleet.markLost(silentSince: later - .seconds(45)).isEmpty)
                #expect(try await bench.fleet.workers(now: later).map(\.status) == [.lost, .stopped, .healthy])
                try await bench.fleet.note([.registration(registration("a", bench, connection: 2))], now: later)
                let again = try await bench.fleet.workers(now: later)[0]
                #expect(again.status == .healthy)
                #expect(again.registration.connection == 2)
            }
        }
    }
}
