import AMQP
import BrokerAdapter
import Domain
import Foundation
import LeaseAdapter
import Logging
import Operations
import Orchestration
import Postgres
import PrivateServers
import Reactor
import RecordAdapter
import Redis
import ServiceLifecycle
import TestSupport
import WorkerRuntime

/// An orchestrator and workers in this process, between a broker, a Redis and a database that are real; beats of a second.
struct LiveFleet: Sendable {
    let broker: PrivateRabbitMQ
    /// Where the broker keeps its data.
    let brokerFolder: ScratchFolder
    let endpoint: AMQPEndpoint
    let desk: ControlDesk
    let pool: PostgresPool
    let exclusion = ExclusionWitness()

    static let time = TimeSource(wall: { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) })
    static let blockingPool = BlockingPool(name: "delivery-tests", threads: 2, queueMax: 64)

    static var log: Logger {
        var log = Logger(label: "delivery-tests")
        log.logLevel = ProcessInfo.processInfo.environment["DELIVERY_TESTS_LOG"].flatMap(Logger.Level.init(rawValue:)) ?? .critical
        return log
    }

    /// Runs the fleet while `body` runs, then stops it gracefully.
    static func run(
        workers: Int = 1,
        slots: [TaskClass: Int] = [.general: 4],
        overtaking: Int = 2000,
        _ body: (LiveFleet) async throws -> Void
    ) async throws {
        let folder = try ScratchFolder("delivery")
        let broker = try PrivateRabbitMQ(folder: folder)
        try await broker.start()
        let reactor = ReactorThread(name: "delivery-tests")
        let pool = PostgresPool(
            endpoint: try PostgresEndpoint(try await TestServers.shared.freshDatabase()),
            reactor: reactor,
            blockingPool: blockingPool,
            logger: log,
            settings: PostgresSettings(poolSize: 6)
        )
        _ = try await Migrator(pool: pool).migrate(dryRun: false)
        let leases = RedisLeaseStore(
            endpoint: try RedisEndpoint(try await TestServers.shared.redis().url),
            reactor: reactor,
            blockingPool: blockingPool,
            logger: log
        )
        try await leases.start()
        // Nobody ever held a lease here: there is nothing that this Redis could have forgotten.
        try await leases.begin()
        let endpoint = try AMQPEndpoint(url: broker.url)
        let database = RecordDatabase(pool: pool, log: log)
        let observations = PostgresObservationRecord(database: database)
        let link = AMQPOrchestratorBroker(
            endpoint,
            name: "orchestrator",
            log: log,
            onMissing: { queues in
                do throws(RecordError) {
                    try await observations.noteMadeAnew(queues, now: time.wall())
                    return true
                } catch {
                    return false
                }
            },
            now: time.wall
        )
        let seal = NoSeal()
        var settings = OrchestratorSettings()
        settings.fleet.beatEvery = .seconds(1)
        settings.reconciler.overtaking = overtaking
        settings.dispatcher.notTakenPause = .milliseconds(200)
        let orchestrator = try Orchestrator(
            parts: OrchestratorParts(
                tasks: PostgresTaskRecord(database: database, log: log),
                steering: PostgresTaskSteering(database: database),
                housekeeping: PostgresHousekeeping(database: database),
                devices: PostgresDeviceRecord(database: database),
                onus: PostgresONURecord(database: database),
                fleet: PostgresFleetRecord(database: database),
                letters: PostgresLetterRecord(database: database, log: log),
                observations: observations,
                observer: TestServers.unique("observer"),
                audit: PostgresAuditRecord(database: database),
                coordination: PostgresCoordinationRecord(database: database, log: log),
                broker: link,
                leases: leases,
                leaseBoard: leases,
                keys: PostgresKeyRecord(database: database),
                seal: seal,
                leaseHealth: { await leases.complaint() },
                time: time
            ),
            settings: settings,
            log: log
        )
        let fleet = LiveFleet(broker: broker, brokerFolder: folder, endpoint: endpoint, desk: orchestrator.desk, pool: pool)
        let services = ServiceGroup(configuration: ServiceGroupConfiguration(services: [orchestrator], logger: log))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await link.run() }
            group.addTask { try await services.run() }
            try await eventually("the orchestrator is ready", within: .seconds(30)) { await fleet.desk.health().isReady }
            var running: [Worker] = []
            for number in 0..<workers {
                let (worker, door) = try fleet.worker(TestServers.unique("worker-\(number)"), slots: slots, leases: leases)
                running.append(worker)
                group.addTask { await door.run() }
                group.addTask { try await worker.run() }
            }
            try await eventually("the workers are registered", within: .seconds(20)) {
                try await fleet.desk.workers().count { $0.status == .healthy } == workers
            }
            do {
                try await body(fleet)
            } catch {
                group.cancelAll()
                throw error
            }
            for worker in running { worker.abort() }
            await services.triggerGracefulShutdown()
            await link.close()
            try await group.waitForAll()
        }
        await leases.close()
        await pool.close()
        reactor.stop()
        await broker.stop()
    }

    private func worker(_ name: String, slots: [TaskClass: Int], leases: RedisLeaseStore) throws -> (Worker, AMQPWorkerBroker) {
        let door = AMQPWorkerBroker(endpoint, name: name, worker: WorkerID(name), log: Self.log, now: Self.time.wall)
        var settings = WorkerSettings()
        settings.slots = slots
        settings.beatEvery = .seconds(1)
        settings.lease.span = .seconds(9)
        settings.lease.renewEvery = .milliseconds(500)
        let worker = try Worker(
            profile: WorkerProfile(id: WorkerID(name), hostname: "host", pid: 1, version: "test"),
            broker: door,
            leases: leases,
            operations: [WitnessedNoop(witness: exclusion)],
            time: Self.time,
            settings: settings,
            log: Self.log
        )
        return (worker, door)
    }

    // MARK: What tests do

    func submit(_ drafts: [TaskDraft]) async throws -> [TaskID] {
        try await desk.submit(drafts, source: .http).map { try $0.get().id }
    }

    /// Waits until nothing waits or is queued.
    func everyTaskEnds(within limit: Duration) async throws {
        try await eventually("every task has ended", within: limit, poll: .milliseconds(200)) {
            let open = try await number("select count(*) from tasks where state in (0, 1, 2)")
            guard open == 0 else { throw StillOpen(tasks: open) }
            return true
        }
    }

    struct StillOpen: Error {
        let tasks: Int
    }

    /// How many tasks ended in the state, each counted when it did.
    func endings(_ state: TaskState) async throws -> Int {
        try await number("select coalesce(sum(count), 0)::int8 from endings where state = \(state.rawValue)")
    }

    func number(_ sql: String) async throws -> Int { Int(try await pool.query(sql).rows[0].int64(0)) }

    /// Something that nobody of the fleet does, over a connection of its own.
    func directly<Answer: Sendable>(_ body: (AMQPConnection) async throws -> Answer) async throws -> Answer {
        let connection = try await AMQPConnection.open(endpoint, name: "test", logger: Self.log)
        do {
            let answer = try await body(connection)
            await connection.close()
            return answer
        } catch {
            await connection.close()
            throw error
        }
    }
}

/// Nothing is sealed here.
struct NoSeal: CredentialSeal {
    func seal(_ credentials: Credentials, for olt: OLTID, revision: Int) throws(SealError) -> SealedCredentials { throw .doesNotOpen }

    func open(_ sealed: SealedCredentials, for olt: OLTID) throws(SealError) -> Credentials { throw .doesNotOpen }
}
