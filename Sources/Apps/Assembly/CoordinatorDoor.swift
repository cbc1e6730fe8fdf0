import Coordination
import DeviceAdapter
import Domain
import LeaseAdapter
import Logging
import Orchestration
import Postgres
import RecordAdapter
import SealAdapter

/// The coordinator of this orchestrator, which works while this orchestrator leads.
struct CoordinatorDoor: Sendable {
    let coordinator: Coordinator

    init(
        desk: ControlDesk,
        parts: OrchestratorParts,
        leases: RedisLeaseStore,
        pool: PostgresPool,
        holder: String,
        journal: any CoordinatorJournal,
        profiles: ProfileShelf,
        reader: SettingReader,
        log: Logger
    ) throws(StartupError) {
        let coordination = CoordinatorParts(
            record: parts.coordination,
            devices: parts.devices,
            fleet: parts.fleet,
            hashes: RedisStateHashes(leases),
            digest: SHA256Digest(),
            leases: leases,
            news: PostgresCoordinationNews(pool: pool),
            journal: journal,
            holder: holder,
            leadership: parts.leadership,
            follow: { report in await desk.follow(report) },
            somethingIsDue: { desk.somethingIsDue() },
            makeID: {
                var chance = SystemRandomNumberGenerator()
                return TaskID(at: parts.time.wall(), using: &chance)
            },
            time: parts.time
        )
        do {
            coordinator = try Coordinator(parts: coordination, settings: try Self.settings(reader, profiles), log: log)
        } catch let error as SettingFault {
            throw StartupError("\(error.setting) = \(error.value); allowed: \(error.allowed)")
        } catch let error as StartupError {
            throw error
        } catch {
            throw StartupError("\(error)")
        }
    }

    private static func settings(_ reader: SettingReader, _ profiles: ProfileShelf) throws(StartupError) -> Coordinator.Settings {
        var settings = Coordinator.Settings()
        settings.rules = CoordinationRules(period: .seconds(try reader.whole(.coordinatorPeriod, in: 10...86_400)))
        settings.every = try reader.milliseconds(.coordinatorEvery, in: 100...60_000)
        settings.rules.failuresMax = try reader.whole(.coordinatorFailures, in: 1...100)
        settings.rules.attempts = try reader.whole(.coordinatorAttempts, in: 1...20)
        settings.rules.columns = profiles.columnCounts
        // A slot becomes a task two turns ahead, so that one late turn makes nothing late.
        settings.rules.horizon = max(settings.rules.horizon, settings.every * 2)
        settings.rules.lateAfter = max(settings.rules.lateAfter, settings.every * 3)
        settings.retention.logDays = try reader.whole(.keepCoordinatorLog, in: 1...3650)
        settings.retention.quotaDays = try reader.whole(.keepQuotas, in: 1...3650)
        settings.retention.violationDays = try reader.whole(.keepViolations, in: 1...3650)
        return settings
    }
}
