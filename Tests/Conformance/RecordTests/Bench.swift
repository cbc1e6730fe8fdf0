import Domain
import Foundation
import Logging
import MemoryAdapters
import Postgres
import Reactor
import RecordAdapter
import TestSupport
import Testing
import Wire

/// All suites of the record: one after the other, they share one server.
@Suite("The record", .serialized, .timeLimit(.minutes(5)))
enum RecordSuites {}

/// Who keeps the record: every suite runs on each of them, and one that cannot start fails the run.
enum RecordBackend: String, CaseIterable, Sendable {
    case memory, postgres

    static let available = allCases
}

/// A record of its own: in memory, or on a migrated database.
struct Bench: Sendable {
    /// The database of a bench that has one.
    private struct Server: Sendable {
        let url: String
        let pool: PostgresPool
    }

    /// One thread for the whole test process; it ends with it.
    private static let reactor = ReactorThread(name: "record-tests")
    private static let blockingPool = BlockingPool(name: "record-tests", threads: 2, queueMax: 64)
    private static let log = Logger(label: "record-tests")

    private let server: Server?
    /// The record of a bench in memory.
    let memory: MemoryRecord?
    let tasks: any TaskRecord
    let devices: any DeviceRecord
    let onus: any ONURecord
    let letters: any LetterRecord
    let steering: any TaskSteering & CancelledRuns
    private let housekeepingIfAny: (any Housekeeping)?
    let fleet: any FleetRecord
    let observations: any ObservationRecord
    let leaders: any LeaderRecord
    let outbox: any ViolationOutbox
    let sealed: any SealedRecord
    let coordination: any CoordinationRecord
    let judge = OutcomeJudge()
    /// The wall clock when the bench was made.
    let now: Timestamp

    init(url: String) throws {
        var log = Self.log
        log.logLevel = .critical
        let pool = try Self.pool(url)
        let database = RecordDatabase(pool: pool, log: log)
        server = Server(url: url, pool: pool)
        memory = nil
        tasks = PostgresTaskRecord(database: database, log: log)
        devices = PostgresDeviceRecord(database: database)
        onus = PostgresONURecord(database: database)
        letters = PostgresLetterRecord(database: database, log: log)
        steering = PostgresTaskSteering(database: database)
        housekeepingIfAny = PostgresHousekeeping(database: database)
        fleet = PostgresFleetRecord(database: database)
        observations = PostgresObservationRecord(database: database)
        leaders = PostgresLeaderRecord(database: database, pool: pool)
        outbox = PostgresViolationOutbox(database: database)
        sealed = PostgresDeviceRecord(database: database)
        coordination = PostgresCoordinationRecord(database: database, log: log)
        now = Self.wall()
    }

    private init(_ record: MemoryRecord) {
        server = nil
        memory = record
        tasks = record
        devices = record
        onus = record
        letters = record
        fleet = record
        steering = record
        housekeepingIfAny = nil
        observations = record
        leaders = record
        outbox = record
        sealed = record
        coordination = record
        now = Self.wall()
    }

    /// A bench in memory.
    static func inMemory() -> Bench {
        let form = RecordModel.OriginalForm(contentType: WireFormat.protobuf.contentType) { OutcomeCodec.encode(.outcomes([$0])) }
        return Bench(MemoryRecord(model: RecordModel(originalForm: form)))
    }

    private static func wall() -> Timestamp { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }

    /// Where the database is; only for tests of PostgreSQL itself.
    var url: String { needed.url }

    /// Only for tests of PostgreSQL itself.
    var pool: PostgresPool { needed.pool }

    var housekeeping: any Housekeeping {
        guard let housekeepingIfAny else { preconditionFailure("this backend keeps no days yet") }
        return housekeepingIfAny
    }

    private var needed: Server {
        guard let server else { preconditionFailure("a test of every backend speaks the language of the ports alone") }
        return server
    }

    static func pool(_ url: String) throws -> PostgresPool {
        var log = log
        log.logLevel = .critical
        return PostgresPool(
            endpoint: try PostgresEndpoint(url),
            reactor: reactor,
            blockingPool: blockingPool,
            logger: log,
            settings: PostgresSettings(poolSize: 12)
        )
    }

    static func with(_ backend: RecordBackend, _ body: (Bench) async throws -> Void) async throws {
        switch backend {
        case .memory: try await body(.inMemory())
        case .postgres: try await with(body)
        }
    }

    /// On PostgreSQL.
    static func with(_ body: (Bench) async throws -> Void) async throws {
        try await with(try await TestServers.shared.freshDatabase(), body)
    }

    static func with(_ url: String, _ body: (Bench) async throws -> Void) async throws {
        let bench = try Bench(url: url)
        do {
            _ = try await Migrator(pool: bench.pool).migrate(dryRun: false)
            try await body(bench)
            await bench.pool.close()
        } catch {
            await bench.pool.close()
            throw error
        }
    }

    /// One number of a statement that answers one row.
    func number(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> Int {
        Int(try await pool.query(sql, parameters).rows[0].int64(0))
    }

    /// Parts of results that wait for their outcome.
    func stagedParts() async throws -> Int {
        guard let memory else { return try await number("select count(*) from outcome_parts") }
        return memory.model.stagedParts
    }

    /// Exclusion keys that a number holds.
    func heldKeys() async throws -> Int {
        guard let memory else { return try await number("select count(*) from exclusions") }
        return memory.model.heldKeys
    }

    /// Unique keys that stand for a task.
    func uniqueKeys() async throws -> Int {
        guard let memory else { return try await number("select count(*) from unique_keys") }
        return memory.model.uniqueKeys
    }

    // MARK: Tasks

    /// How many tasks the record knows.
    func taskCount() async throws -> Int { try await tasks.stateCounts().values.reduce(0, +) }

    func id() -> TaskID {
        var chance = SystemRandomNumberGenerator()
        return TaskID(at: now, using: &chance)
    }

    func task(
        key: String? = nil,
        priority: Priority = .normal,
        taskClass: TaskClass = .general,
        dueIn: Duration = .zero,
        olt: OLTID? = nil,
        kind: String = "noop",
        maxAttempts: Int = 5,
        backoff: Backoff = Backoff(base: .seconds(1), factor: 2, ceiling: .seconds(600)),
        payload: Payload = ["sleepMs": 5],
        id: TaskID? = nil,
        deadline: Timestamp? = nil,
        claims: [UniqueClaim] = [],
        traceParent: TraceParent? = nil
    ) -> FleetTask {
        FleetTask(
            id: id ?? self.id(),
            kind: kind,
            payload: payload,
            priority: priority,
            taskClass: taskClass,
            exclusionKey: key.flatMap { ExclusionKey($0) },
            olt: olt,
            timeout: .seconds(60),
            maxAttempts: maxAttempts,
            backoff: backoff,
            createdAt: now,
            dueAt: now + dueIn,
            labels: ["city": "Köln"],
            source: .http,
            deadline: deadline,
            uniqueClaims: claims,
            traceParent: traceParent
        )
    }

    @discardableResult
    func admit(
        _ tasks: FleetTask...,
        atOnce: Bool = false,
        mayExist: Bool = false,
        at time: Timestamp? = nil
    ) async throws -> [AdmissionAnswer] {
        try await self.tasks.admit(tasks.map { AdmittedTask($0, goesAtOnce: atOnce, mayExist: mayExist) }, now: time ?? now)
    }

    static let plentyOfRoom = Dictionary(uniqueKeysWithValues: Lane.all.map { ($0, 1000) })

    func dispatch(
        room: [Lane: Int] = Bench.plentyOfRoom,
        keyed: Bool = true,
        limit: Int = 256,
        at time: Timestamp? = nil
    ) async throws -> [DispatchedTask] {
        try await tasks.dispatchDue(room: room, keyed: keyed, limit: limit, now: time ?? now)
    }

    /// Admits a plain task with a number, as the hot path does.
    func queued(_ task: FleetTask) async throws -> DispatchedTask {
        guard case .queued(let dispatched) = try await admit(task, atOnce: true)[0] else { throw Missing("a queued task") }
        return dispatched
    }

    func state(_ id: TaskID) async throws -> TaskState? { try await tasks.task(id)?.state }

    // MARK: Outcomes

    func outcome(
        _ task: DispatchedTask,
        _ verdict: Verdict,
        result: Payload = [:],
        device: DeviceResult? = nil,
        parts: Int = 0,
        worker: String = "host-1-abc"
    ) -> Outcome {
        Outcome(
            task: task.id,
            number: task.number,
            attempt: task.attempt,
            worker: WorkerID(worker),
            run: RunToken(1),
            verdict: verdict,
            startedAt: now,
            finishedAt: now + .seconds(1),
            result: result,
            device: device,
            parts: parts
        )
    }

    @discardableResult
    func record(_ outcomes: Outcome..., at time: Timestamp? = nil) async throws -> RecordSummary {
        try await tasks.record(outcomes, judge: judge, now: time ?? now)
    }

    static let retryable = TaskFault("device_silent", "no answer", retryable: true)
    static let final = TaskFault("bad_credentials", "wrong", retryable: false)

    // MARK: Devices

    /// At an address of its own.
    func addOLT(_ name: String, operations: [DeclaredOperation] = []) async throws -> OLT {
        try await addOLT(
            OLTEntry(
                name: name,
                address: DeviceAddress(host: "\(name).example"),
                version: .v2c,
                profile: "huawei",
                limits: DeviceLimits(),
                operations: operations
            )
        )
    }

    func addOLT(_ entry: OLTEntry) async throws -> OLT {
        try await devices.addOLT(entry) { id in SealedCredentials(bytes: [1, 2, UInt8(truncatingIfNeeded: id.value)], revision: 1) }
    }

    /// A discovery of the OLT, dispatched.
    func discovery(_ olt: OLT, at time: Timestamp? = nil) async throws -> DispatchedTask {
        let task = task(
            key: "olt:\(olt.id.value)",
            taskClass: .network,
            olt: olt.id,
            kind: "snmp.discovery",
            payload: ["olt": .text(olt.name)]
        )
        try await admit(task, at: time)
        guard let dispatched = try await dispatch(at: time).first(where: { $0.id == task.id }) else { throw Missing("the discovery") }
        return dispatched
    }
}

/// Something that a test needs is not there.
struct Missing: Error, CustomStringConvertible {
    let description: String

    init(_ what: String) {
        description = "missing: \(what)"
    }
}
