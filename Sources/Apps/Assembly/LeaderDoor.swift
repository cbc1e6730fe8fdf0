import Domain
import Logging
import Orchestration
import Postgres
import RecordAdapter

/// Stands for election over two connections of its own: one for its requests, one to hear of resignations.
///
/// Callers that use up the orchestrator's pool cannot depose it.
struct LeaderDoor: Sendable {
    let elector: LeaderElector
    /// People find the machine and the process by it; no other process ever has the same.
    let holder = "\(Machine.hostname)-\(Machine.pid)-\(String(UInt32.random(in: 0 ... .max), radix: 16))"
    private let pool: PostgresPool

    init(_ link: ServerLink, url: String, reader: SettingReader, log: Logger) throws(StartupError) {
        var settings = LeaderElector.Settings()
        settings.span = try reader.milliseconds(.leaderSpan, in: 1_000...60_000)
        settings.renewEvery = try reader.milliseconds(.leaderRenew, in: 50...15_000)
        guard settings.renewEvery * 4 <= settings.span else {
            throw StartupError(
                .leaderRenew,
                value: "\(settings.renewEvery.milliseconds)",
                "the span is \(settings.span.milliseconds) ms"
            )
        }
        // A statement that takes longer than a renewal may has failed.
        pool = try link.postgres(url: url, application: "flotilla-leader", poolSize: 1, patience: settings.renewEvery)
        let record = PostgresLeaderRecord(database: RecordDatabase(pool: pool, log: log), pool: pool)
        do {
            elector = try LeaderElector(.coordinator, record: record, holder: holder, settings: settings, time: .system, log: log)
        } catch {
            throw StartupError("\(error.setting) = \(error.value); allowed: \(error.allowed)")
        }
    }

    func close() async { await pool.close() }
}
