import APIContract
import BrokerAdapter
import DeviceAdapter
import Domain
import HTTPAPI
import LeaseAdapter
import Logging
import Orchestration
import Postgres
import RecordAdapter
import SealAdapter
import ServiceLifecycle
import Telemetry
import UnixSignals

/// `flotilla-orchestrator`: settings → parts → services.
package enum OrchestratorProgram {
    package static func main() async -> Never {
        await Program.run("flotilla-orchestrator", about: "admits, dispatches and records tasks; serves the API and the page") {
            reader,
            log in
            try await run(reader, log)
        }
    }

    private static func run(_ reader: SettingReader, _ log: Logger) async throws {
        let settings = try FleetSettings(reader)
        let profiles = try shelf(settings.profileFolder)
        var api = APIServer.Settings()
        api.host = try reader.text(.httpHost)
        api.port = try reader.whole(.httpPort, in: 0...65_535)
        api.hosts = reader.optional(.httpHosts)?.split(separator: ",").map(String.init) ?? []
        api.version = Version.text
        api.profiles = Dictionary(uniqueKeysWithValues: profiles.all.map { ($0.name, $0.offered) })
        api.profiles[OLT.anyProfile] = Set(ONUColumn.allCases)
        api.optics = try optics(reader)
        do { api = try api.validated() } catch { throw StartupError(problem: error) }

        let link = try ServerLink(logger: log)
        let postgresURL = try reader.text(.postgresURL)
        let pool = try link.postgres(
            url: postgresURL,
            application: "flotilla-orchestrator",
            poolSize: try reader.whole(.postgresPool, in: 1...16)
        )
        do {
            try await Migrator(pool: pool).check()
        } catch {
            throw StartupError(recordError: error, url: postgresURL)
        }
        let leases = try await link.leases(url: settings.redisURL, span: settings.lease.span)
        let endpoint = try link.broker(url: settings.brokerURL)
        try await BrokerDoor.knock(endpoint, name: "flotilla-orchestrator", log: log)
        let database = RecordDatabase(pool: pool, log: log)
        let observations = PostgresObservationRecord(database: database)
        let broker = AMQPOrchestratorBroker(
            endpoint,
            name: "flotilla-orchestrator",
            log: log,
            onMissing: { queues in await observations.hasNoted(queues, log: log) },
            now: TimeSource.system.wall
        )
        let keys = PostgresKeyRecord(database: database)
        // A fleet that never drew a number has no holder that an empty Redis could have forgotten.
        if try await !keys.hasDrawn() {
            do { try await leases.begin() } catch {
                log.warning("an empty Redis grants nothing for a while", metadata: ["error": "\(error)"])
            }
        }
        let leader = try LeaderDoor(link, url: postgresURL, reader: reader, log: log)
        let meter = FleetMeter()
        let parts = OrchestratorParts(
            tasks: PostgresTaskRecord(database: database, log: log),
            steering: PostgresTaskSteering(database: database),
            housekeeping: PostgresHousekeeping(database: database),
            devices: PostgresDeviceRecord(database: database),
            onus: PostgresONURecord(database: database),
            fleet: PostgresFleetRecord(database: database),
            letters: PostgresLetterRecord(database: database, log: log),
            observations: observations,
            observer: "orchestrator-\(UInt64.random(in: 0 ... .max))",
            audit: PostgresAuditRecord(database: database),
            coordination: PostgresCoordinationRecord(database: database, log: log),
            broker: broker,
            cancelled: PostgresTaskSteering(database: database),
            leases: leases,
            leaseBoard: leases,
            keys: keys,
            seal: settings.seal,
            sealed: PostgresDeviceRecord(database: database),
            leaseBarrier: settings.lease.span,
            leaseHealth: { await leases.complaint() },
            time: .system,
            events: broker,
            meter: meter,
            leadership: leader.elector
        )
        var orchestration = OrchestratorSettings()
        orchestration.fleet.beatEvery = settings.beatEvery
        orchestration.letters = try LetterRetention.Settings(reader)
        try Self.steer(&orchestration, reader)
        let orchestrator: Orchestrator
        do {
            orchestrator = try Orchestrator(parts: parts, settings: orchestration, log: log)
        } catch {
            throw StartupError("\(error.setting) = \(error.value); allowed: \(error.allowed)")
        }
        let hearing = try NotifyDoor(database, leadership: leader.elector, reader: reader, log: log)
        let coordination = try CoordinatorDoor(
            desk: orchestrator.desk,
            parts: parts,
            leases: leases,
            pool: pool,
            holder: leader.holder,
            journal: hearing.journal,
            profiles: profiles,
            reader: reader,
            log: log
        )
        let host = api.host
        let stopping = StopSign()
        let lookout = CoordinationDesk(
            record: parts.coordination,
            leaders: PostgresLeaderRecord(database: database, pool: pool),
            time: .system,
            period: .seconds(try reader.whole(.coordinatorPeriod, in: 10...86_400)),
            every: .milliseconds(try reader.whole(.coordinatorEvery, in: 100...60_000))
        )
        let server = try APIServer(
            desk: orchestrator.desk,
            coordination: lookout,
            meter: meter,
            stopping: stopping,
            settings: api,
            log: log
        ) { port in
            log.notice("the API answers", metadata: ["http.address": "\(host):\(port)"])
        }
        // They stop in the reverse order: who writes under the term, then the leader resigns, then the rest finishes; the API goes on
        // answering, `stopping` and what it knows, until all is recorded.
        let services: [any Service] =
            [server, BrokerService(connected: { await broker.run() }, disconnect: { await broker.close() }), orchestrator, leader.elector]
            + hearing.services + [coordination.coordinator, stopping]
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
        )
        try await Listening.explained(api.host, api.port) { try await group.run() }
        await leases.close()
        await leader.close()
        await pool.close()
        link.stop()
    }

    /// What operators may say about lanes, waiting and keeping.
    private static func steer(_ orchestration: inout OrchestratorSettings, _ reader: SettingReader) throws {
        orchestration.admission.timeoutMax = .seconds(try reader.whole(.consumerTimeout, in: 300...604_800) - 60)
        orchestration.dispatcher.highWatermark = try reader.whole(.laneHigh, in: 1...1000)
        orchestration.dispatcher.lowWatermark = try reader.whole(.laneLow, in: 0...999)
        orchestration.timekeeper.agingInterval = .seconds(try reader.whole(.agingInterval, in: 1...2_592_000))
        orchestration.housekeeper.retention.days = [
            .succeeded: try reader.whole(.keepSucceeded, in: 1...3650), .dead: try reader.whole(.keepDead, in: 1...3650),
            .cancelled: try reader.whole(.keepCancelled, in: 1...3650), .expired: try reader.whole(.keepExpired, in: 1...3650),
        ]
        orchestration.housekeeper.retention.auditDays = try reader.whole(.keepAudit, in: 1...3650)
        orchestration.housekeeper.retention.readingDays = try reader.whole(.keepReadings, in: 1...3650)
    }

    private static func optics(_ reader: SettingReader) throws(StartupError) -> OpticsClasses {
        let warning = try reader.decimal(.opticsWarning, in: -60...10)
        return OpticsClasses(warningBelow: warning, criticalBelow: try reader.decimal(.opticsCritical, in: -60...warning))
    }

    private static func shelf(_ folder: String) throws(StartupError) -> ProfileShelf {
        do {
            return try ProfileShelf(folder: folder)
        } catch {
            throw StartupError("\(error)")
        }
    }
}

/// Keeps a broker connected as a service: it is closed last, when nobody has anything to settle.
struct BrokerService: Service {
    let connected: @Sendable () async -> Void
    let disconnect: @Sendable () async -> Void

    func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await connected() }
            try? await gracefulShutdown()
            await disconnect()
        }
    }
}

extension PostgresObservationRecord {
    /// Writes down which queues are made anew; false while the record is away.
    fileprivate func hasNoted(_ queues: [ObservedQueue], log: Logger) async -> Bool {
        do throws(RecordError) {
            try await noteMadeAnew(queues, now: TimeSource.system.wall())
            return true
        } catch {
            log.warning("queues are missing and that cannot be written down yet", metadata: ["error": "\(error)"])
            return false
        }
    }
}
