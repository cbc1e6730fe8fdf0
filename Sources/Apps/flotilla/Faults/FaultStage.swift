import APIContract
import Domain
import Foundation
import PrivateServers

/// Where one row is played: servers, OLTs, processes and load, and what was seen.
actor FaultStage {
    /// A heavy task under way on the first OLT, and the worker that runs it.
    struct Victim: Sendable {
        let task: String
        let worker: FaultFleet.Member
        /// Its dispatch number, as the OLT was told.
        let number: Int64
    }

    /// The first OLT's rows take this long: a discovery of it lasts about 10 s.
    private static let slow = "slow=1.3.6.1.4.1.2011.6.128.1.1.2.43.1.3:100ms"
    private static let lessSlow = "slow=1.3.6.1.4.1.2011.6.128.1.1.2.43.1.3:10ms"
    private static let onus = 96

    let row: FaultRow
    let servers: FaultServers
    let fleet: FaultFleet
    let note: @Sendable (String) -> Void
    private let simulator: SimulatedOLTs
    private var loader: FaultLoad?
    /// Servers that a row started besides.
    var further: [any PrivateServer] = []
    private(set) var problems: [String] = []
    private(set) var checks: [String] = []
    /// Since when nothing is wrong any more.
    private(set) var healedAt: Timestamp?
    private(set) var recovery: Duration?
    private(set) var expectedDead: Set<String> = []

    init(_ row: FaultRow, note: @escaping @Sendable (String) -> Void) throws {
        self.row = row
        self.note = note
        servers = try FaultServers()
        fleet = FaultFleet(row.shape, servers)
        simulator = try SimulatedOLTs(count: row.shape.olts, onusPerOLT: Self.onus)
    }

    var load: FaultLoad {
        get throws {
            guard let loader else { throw CommandError(.failed, "the stage is not set") }
            return loader
        }
    }

    func start() async throws {
        try await simulator.start()
        try await servers.start()
        try await fleet.start()
        let client = try APIClient(await fleet.orchestrators[0].url)
        for place in 0..<row.shape.olts {
            let draft = OLTDraft(
                name: Self.olt(place),
                address: SimulatedOLTs.address(place),
                port: simulator.port,
                profile: "huawei",
                community: "public",
                pdusPerSecond: 200
            )
            let _: OLTShape = try await client.post(APIPath.olts, draft)
            try await simulator.setFaults([place == 0 ? Self.slow : Self.lessSlow, "slow-optics=2ms"], at: place)
        }
        loader = try FaultLoad(await fleet.orchestrators.map(\.url), olts: (1..<row.shape.olts).map(Self.olt))
    }

    func stop() async {
        await fleet.stop()
        await simulator.stop()
        for server in further { await server.stop() }
        await servers.stop()
    }

    /// Set `FLOTILLA_FAULTS_LOGS` to a folder to find the logs of what failed there.
    func keepLogs() {
        guard let folder = ProcessInfo.processInfo.environment["FLOTILLA_FAULTS_LOGS"] else { return }
        let target = "\(folder)/\(row.id)"
        try? FileManager.default.removeItem(atPath: target)
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        do { try FileManager.default.copyItem(atPath: servers.folder.path, toPath: target) } catch { note("no logs: \(error)") }
    }

    // MARK: What rows say

    func problem(_ text: String) {
        note("  WRONG: \(text)")
        problems.append(text)
    }

    /// Notes what was seen, and a problem unless it is good.
    func check(_ id: String, _ seen: String, good: Bool) {
        checks.append("\(id) \(seen)")
        if !good { problem("\(id): \(seen)") }
    }

    /// The fault has ended now.
    func healed() {
        healedAt = TimeSource.now
        note("  healed")
    }

    func recovered(in span: Duration) { recovery = span }

    func expectDead(_ ids: [String]) { expectedDead.formUnion(ids) }

    // MARK: Moments

    func pause(_ span: Duration) async throws { try await Task.sleep(for: span) }

    /// Starts a discovery of the first OLT and waits until its walk has begun, by the OLT's own account.
    func midWalk() async throws -> Victim {
        let draft = TaskDraft(kind: "snmp.discovery", payload: ["olt": .text(Self.olt(0))], priority: "high")
        guard let id = try await load.send([draft], isKeyed: true).first else { throw CommandError(.failed, "no victim was accepted") }
        try await FaultWait.until("the walk has begun", within: .seconds(60)) { try await self.spans(0).last.map { $0.pdus >= 3 } ?? false }
        try await FaultWait.until("the runner is known", within: .seconds(20)) { try await self.task(id).worker != nil }
        let name = try await task(id).worker ?? ""
        guard let worker = try await fleet.worker(name), let number = try await spans(0).last?.number else {
            throw CommandError(.failed, "nobody knows the worker \(name)")
        }
        note("  mid walk: \(worker.name) runs number \(number)")
        return Victim(task: id, worker: worker, number: number)
    }

    /// Starts another heavy task on the first OLT, which must wait for the one before.
    func behind() async throws -> String? {
        try await load.send([TaskDraft(kind: "snmp.discovery", payload: ["olt": .text(Self.olt(0))])], isKeyed: true).first
    }

    /// Runs of an OLT, by its own account, in the order of their first requests.
    func spans(_ place: Int) async throws -> [SimulatedOLTs.Account.Holder] {
        try await simulator.account(withHolders: true).devices.first { $0.address == SimulatedOLTs.address(place) }?.holders ?? []
    }

    func account() async throws -> SimulatedOLTs.Account { try await simulator.account(withHolders: true) }

    /// From any orchestrator that answers.
    func task(_ id: String) async throws -> TaskShape {
        var last: any Error = CommandError(.nobodyAnswered, "no orchestrator runs")
        for orchestrator in await fleet.orchestrators where orchestrator.process.isRunning {
            do {
                return try await APIClient(orchestrator.url, patience: 10).get(APIPath.task(id))
            } catch {
                last = error
            }
        }
        throw last
    }

    /// Waits until the task has ended; an orchestrator that does not answer is asked again.
    func ended(_ id: String, within limit: Duration) async throws -> TaskShape {
        try await FaultWait.until("the task \(id) has ended", within: limit, poll: .milliseconds(100)) {
            guard let task = try? await self.task(id) else { return false }
            return TaskState(word: task.state)?.isTerminal ?? false
        }
        return try await task(id)
    }

    static func olt(_ place: Int) -> String { "OLT-FAULT-\(place)" }
}
