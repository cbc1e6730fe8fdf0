import APIContract
import BrokerAdapter
import DeviceAdapter
import Domain
import HTTPAPI
import LeaseAdapter
import Logging
import Orchestration
import RecordAdapter
import Redis
import SealAdapter
import ServiceLifecycle

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
        api.version = Version.text
        api.profiles = profiles.names
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
        let leases = try await RedisLeases.open(link, url: settings.redisURL, log: log)
        let broker = AMQPOrchestratorBroker(
            try link.broker(url: settings.brokerURL),
            name: "flotilla-orchestrator",
            log: log,
            now: TimeSource.system.wall
        )
        let database = RecordDatabase(pool: pool, log: log)
        let parts = OrchestratorParts(
            tasks: PostgresTaskRecord(database: database, log: log),
            devices: PostgresDeviceRecord(database: database),
            fleet: PostgresFleetRecord(database: database),
            letters: PostgresLetterRecord(database: database),
            broker: broker,
            leases: leases.store,
            seal: AESCredentialSeal(key: settings.sealKey),
            leaseHealth: { await leases.trouble() },
            time: .system
        )
        var orchestration = OrchestratorSettings()
        orchestration.fleet.beatEvery = settings.beatEvery
        let orchestrator: Orchestrator
        do {
            orchestrator = try Orchestrator(parts: parts, settings: orchestration, log: log)
        } catch {
            throw StartupError("\(error.setting) = \(error.value); allowed: \(error.allowed)")
        }
        let server = try APIServer(desk: orchestrator.desk, settings: api, log: log) { port in
            log.notice("the API answers", metadata: ["http.address": "\(api.host):\(port)"])
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [BrokerService(run: broker.run, close: broker.close), orchestrator, server].map {
                    ServiceGroupConfiguration.ServiceConfiguration(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: log
            )
        )
        try await Listening.explained(api.host, api.port) { try await group.run() }
        await leases.close()
        await pool.close()
        link.stop()
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
    let run: @Sendable () async -> Void
    let close: @Sendable () async -> Void

    init(run: @escaping @Sendable () async -> Void, close: @escaping @Sendable () async -> Void) {
        self.run = run
        self.close = close
    }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await run() }
            try? await gracefulShutdown()
            await close()
        }
    }
}
