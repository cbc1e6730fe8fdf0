import Domain
import Foundation
import Logging
import Orchestration
import Postgres
import PrivateServers
import Reactor
import RecordAdapter
import ServiceLifecycle
import TestSupport
import Testing

@Suite("The orchestrator on PostgreSQL", .timeLimit(.minutes(3)))
struct OutageTests {
    @Test("600 tasks, half of them on 20 keys, end once each although the database is killed half-way")
    func killed() async throws {
        let server = try await TestServers.freshPostgres(settings: [:])
        let reactor = ReactorThread(name: "outage")
        let blockingPool = BlockingPool(name: "outage-pool", threads: 2, queueMax: 64)
        var log = Logger(label: "orchestration-tests")
        log.logLevel = .critical
        let pool = PostgresPool(
            endpoint: try PostgresEndpoint(server.url),
            reactor: reactor,
            blockingPool: blockingPool,
            logger: log,
            settings: PostgresSettings(poolSize: 6, acquireTimeout: .seconds(2), backoff: .milliseconds(20) ... .milliseconds(200))
        )
        _ = try await Migrator(pool: pool).migrate(dryRun: false)
        let database = RecordDatabase(pool: pool, log: log)
        let tasks = PostgresTaskRecord(database: database, log: log)
        let broker = MemoryBroker()
        let leases = MemoryLeases()
        let orchestrator = try Orchestrator(
            parts: OrchestratorParts(
                tasks: tasks,
                steering: PostgresTaskSteering(database: database),
                housekeeping: PostgresHousekeeping(database: database),
                devices: PostgresDeviceRecord(database: database),
                onus: PostgresONURecord(database: database),
                fleet: PostgresFleetRecord(database: database),
                letters: PostgresLetterRecord(database: database, log: log),
                observations: PostgresObservationRecord(database: database),
                observer: "test",
                audit: PostgresAuditRecord(database: database),
                coordination: PostgresCoordinationRecord(database: database, log: log),
                broker: broker,
                leases: leases,
                leaseBoard: leases,
                keys: PostgresKeyRecord(database: database),
                seal: leases,
                leaseHealth: { nil },
                time: Harness.time
            ),
            settings: Harness.brisk,
            log: log
        )
        let services = ServiceGroup(configuration: ServiceGroupConfiguration(services: [orchestrator], logger: log))
        let total = 600
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            group.addTask { await work(broker) }

            for batch in 0..<(total / 20) { broker.intakeFeed.deliver((0..<20).map { .success(Self.intake(batch, $0)) }) }
            try await eventually("a third has ended", within: .seconds(30)) {
                try await tasks.stateCounts()[.succeeded, default: 0] > total / 3
            }
            await server.kill()
            try await eventually("the outage was noticed") { await !orchestrator.desk.health().isReady }
            try await server.restart()
            try await eventually("all have ended", within: .seconds(60)) {
                try await tasks.stateCounts()[.succeeded, default: 0] == total
            }
            #expect(broker.intakeFeed.acknowledged.count == total)
            #expect(Set(broker.intakeFeed.acknowledged).count == total)
            let states = try await tasks.stateCounts().filter { $0.value > 0 }
            #expect(states == [.succeeded: total])
            let attempts = try await pool.query("select count(*), count(distinct task) from all_attempts").rows[0]
            #expect(try attempts.int64(0) == total)
            #expect(try attempts.int64(1) == total)
            #expect(try await pool.query("select count(*) from exclusions").rows[0].int64(0) == 0)
            #expect(try await orchestrator.desk.overview().counters.forgotten == 0)
            try await eventually("every message is settled") {
                Set(broker.outcomeFeed.acknowledged).count == broker.outcomeFeed.delivered
            }
            await services.triggerGracefulShutdown()
            broker.stop()
            try await group.waitForAll()
        }
        await pool.close()
        await server.stop()
        blockingPool.stop()
        reactor.stop()
    }

    private static func intake(_ batch: Int, _ place: Int) -> IntakeDraft {
        let draft = TaskDraft(kind: "noop", exclusionKey: place % 2 == 0 ? "key-\(place)" : nil)
        return IntakeDraft(draft: draft, lanePriority: Priority.allCases[batch % 8], body: [], contentType: nil, queue: "intake")
    }

    /// Succeeds at everything that is published, in batches as they come.
    private func work(_ broker: MemoryBroker) async {
        for await batch in broker.publishedBatches {
            let outcomes = batch.map { task in
                Outcome(
                    task: task.id,
                    number: task.number,
                    attempt: task.attempt,
                    worker: WorkerID("w"),
                    run: RunToken(1),
                    verdict: .succeeded,
                    startedAt: nil,
                    finishedAt: Harness.time.wall()
                )
            }
            broker.outcomeFeed.deliver(.outcomes(outcomes))
        }
    }
}
