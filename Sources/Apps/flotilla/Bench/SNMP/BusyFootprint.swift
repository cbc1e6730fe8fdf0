import APIContract
import Domain
import Foundation
import PrivateServers
import Wire

/// The memory of one worker while it holds many SNMP operations at once, each on an OLT of its own.
struct BusyFootprint: Sendable {
    let operations: Int
    let servers: BenchServers
    let note: @Sendable (String) -> Void

    /// What was reached at once, and the most that was resident by then.
    struct Peak: Sendable {
        var operations = 0
        var bytes = 0
    }

    private static let first = "127.80.0.0"

    func measure() async throws -> Peak {
        // Slow enough that all are under way before the first one ends.
        let group = BenchOLTs.Group(first: Self.first, count: operations, onus: 32, faults: ["delay=1500ms"])
        let simulator = try BenchOLTs([group])
        let environment = ["FLOTILLA_WORKER_SLOTS": "general=4,network=\(operations)", "FLOTILLA_WORKER_BEAT_MS": "1000"]
        let fleet = try servers.fleet(workers: 1, slots: nil, environment: environment, note: note)
        do {
            try await simulator.start()
            try await fleet.start()
            let peak = try await measure(simulator, fleet)
            await fleet.stop()
            await simulator.stop()
            return peak
        } catch {
            await fleet.stop()
            await simulator.stop()
            throw error
        }
    }

    private func measure(_ simulator: BenchOLTs, _ fleet: LocalFleet) async throws -> Peak {
        guard let pid = await fleet.workers.first?.pid else { throw CommandError(.failed, "the fleet has no worker") }
        let client = try APIClient(await fleet.url)
        for place in 0..<operations {
            let draft = OLTDraft(
                name: "BUSY-\(place)",
                address: BenchOLTs.address(Self.first, place),
                port: simulator.port,
                profile: "huawei",
                community: "public"
            )
            let _: OLTShape = try await client.post(APIPath.olts, draft)
        }
        note("\(operations) discoveries at once")
        // A worker takes 256 tasks of a lane at most, and each priority is one.
        let priorities = ["urgent", "high", "normal", "low"]
        let drafts = (0..<operations).map { place in
            var draft = TaskDraft(kind: "snmp.discovery", payload: ["olt": .text("BUSY-\(place)")])
            draft.priority = priorities[place % priorities.count]
            return draft
        }
        let _: BatchShape = try await client.post(
            APIPath.tasksBatch,
            bytes: Data(DraftCodec.encodeBatch(drafts, as: .json)),
            contentType: "application/json"
        )
        var peak = Peak()
        let deadline = ContinuousClock.now + .seconds(300)
        while ContinuousClock.now < deadline {
            let states: [String: Int] = try await client.get(APIPath.states)
            let open = TaskState.allCases.filter { !$0.isTerminal }.reduce(0) { $0 + (states[$1.word] ?? 0) }
            let workers: Listing<WorkerShape> = try await client.get(APIPath.workers)
            let used = workers.items.first { $0.pid == pid }?.slots.values.reduce(0) { $0 + $1.used } ?? 0
            peak.operations = max(peak.operations, used)
            peak.bytes = max(peak.bytes, ProcessMeter.residentBytes(of: pid))
            if open == 0 { return peak }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw CommandError(.failed, "the discoveries did not end within 300 s")
    }
}
