import APIContract
import Domain
import Foundation
import PrivateServers

/// A quota's period on real servers, compressed: simulated OLTs, some dead, some slow, judged by their own account.
struct HourBench: Sendable {
    let olts: Int
    /// How long the period is.
    let seconds: Int
    let servers: BenchServers
    let note: @Sendable (String) -> Void

    private static let first = "127.62.0.1"
    private static let operations = [("discovery", 2), ("get.status", 4), ("get.optics", 2)]

    private var dead: Int { max(1, olts * 3 / 100) }
    private var slow: Int { max(1, olts / 10) }

    func measure() async throws -> HourFigures {
        let healthy = olts - dead - slow
        var groups = [
            BenchOLTs.Group(first: Self.first, count: healthy, ports: 2, onus: 16),
            BenchOLTs.Group(first: BenchOLTs.address(Self.first, healthy), count: slow, ports: 2, onus: 16, faults: ["delay=100ms"]),
            BenchOLTs.Group(first: BenchOLTs.address(Self.first, healthy + slow), count: dead, ports: 2, onus: 16, faults: ["silent"]),
        ]
        groups.removeAll { $0.count < 1 }
        let simulator = try BenchOLTs(groups)
        let environment = [
            "FLOTILLA_WORKER_SLOTS": "general=4,network=64", "FLOTILLA_SNMP_WITNESS": "true",
            "FLOTILLA_COORDINATOR_PERIOD_SECONDS": "\(seconds)", "FLOTILLA_COORDINATOR_EVERY_MS": "1000",
        ]
        let fleet = try servers.fleet(workers: 2, slots: nil, environment: environment, note: note)
        do {
            try await simulator.start()
            try await fleet.start()
            let figures = try await play(simulator, try APIClient(await fleet.url))
            await fleet.stop()
            await simulator.stop()
            return figures
        } catch {
            await fleet.stop()
            await simulator.stop()
            throw error
        }
    }

    private func play(_ simulator: BenchOLTs, _ client: APIClient) async throws -> HourFigures {
        for place in 0..<olts {
            let draft = OLTDraft(
                name: "OLT-\(place)",
                address: BenchOLTs.address(Self.first, place),
                port: simulator.port,
                profile: "huawei",
                community: "public",
                pdusPerSecond: 50
            )
            let _: OLTShape = try await client.post(APIPath.olts, draft)
        }
        let values = Self.operations.map { "('\($0.0)', \($0.1))" }.joined(separator: ",")
        _ = try await servers.postgres.statement(
            "insert into olt_operations (olt, type, per_period) select o.id, t.type, t.times from olts o, (values \(values)) as t (type, times)"
        )
        // The period in which they were entered is not a whole one.
        let now = Int(Date.now.timeIntervalSince1970)
        let start = (now / seconds + 1) * seconds
        let end = start + seconds + seconds / 10 + 5
        note("\(olts) OLTs, \(dead) of them dead, \(slow) slow; the period ends in \(start + seconds - now) s")
        try await Task.sleep(for: .seconds(end - now))
        return try await figures(simulator, from: start)
    }

    private func figures(_ simulator: BenchOLTs, from start: Int) async throws -> HourFigures {
        let mark = "period_start = to_timestamp(\(start))"
        let healthy = olts - dead
        let devices = try await simulator.account().devices
        return HourFigures(
            olts: olts,
            dead: dead,
            slow: slow,
            seconds: seconds,
            required: try await servers.count("select sum(required) from quota_trackers where \(mark) and olt <= \(healthy)"),
            completed: try await servers.count(
                "select sum(least(completed, required)) from quota_trackers where \(mark) and olt <= \(healthy)"
            ),
            failedNumbers: try await servers.count("select sum(failed) from quota_trackers where \(mark) and olt <= \(healthy)"),
            violationsOfLiving: try await servers.count("select count(*) from quota_violations where \(mark) and olt <= \(healthy)"),
            violationsOfDead: try await servers.count("select count(*) from quota_violations where \(mark) and olt > \(healthy)"),
            unreachableNamed: try await servers.count(
                "select count(*) from quota_violations where \(mark) and olt > \(healthy) and 'unreachable' = any(causes)"
            ),
            ledgerFaults: try await servers.count(
                """
                select count(*) from quota_trackers t where \(mark) and completed <> (
                    select count(*) from quota_ledger l
                    where l.olt = t.olt and l.operation = t.operation and l.period_start = t.period_start and l.verdict = 'completed'
                )
                """
            ),
            requests: devices.reduce(0) { $0 + $1.requests },
            inFlightMax: devices.map(\.inFlightMax).max() ?? 0,
            overlaps: devices.reduce(0) { $0 + $1.overlaps }
        )
    }
}

/// What the period came to.
struct HourFigures: Codable, BenchFigures {
    let olts: Int
    let dead: Int
    let slow: Int
    let seconds: Int
    /// Of OLTs that answer.
    let required: Int
    let completed: Int
    let failedNumbers: Int
    let violationsOfLiving: Int
    let violationsOfDead: Int
    let unreachableNamed: Int
    /// Quotas that count something else than their ledger.
    let ledgerFaults: Int
    let requests: Int
    let inFlightMax: Int
    let overlaps: Int

    var isGood: Bool {
        completed * 1000 >= required * 999 && overlaps == 0 && ledgerFaults == 0 && violationsOfDead == dead && unreachableNamed == dead
    }

    var summary: String {
        "\(olts) OLTs of 32 ONUs, \(dead) of them silent, \(slow) slow (100 ms a request); each is to be discovered twice, asked for states four "
            + "times and for optics twice in a period of \(seconds) s. One orchestrator, two workers; requests and overlaps are counted by the OLTs."
    }

    var table: [[String]] {
        [
            ["figure", "value"],
            [
                "operations required of OLTs that answer, completed",
                "\(required), \(completed) (\(String(format: "%.2f", Double(completed) * 100 / Double(max(1, required)))) %)",
            ],
            ["failed numbers there", "\(failedNumbers)"], ["violations of OLTs that answer", "\(violationsOfLiving)"],
            ["violations of dead OLTs, of them with the cause named", "\(violationsOfDead) of \(dead), \(unreachableNamed)"],
            ["quotas that do not equal their ledger", "\(ledgerFaults)"], ["requests at the OLTs", "\(requests)"],
            ["most requests in work at one OLT", "\(inFlightMax)"], ["operations that overlapped at one OLT", "\(overlaps)"],
        ]
    }
}
