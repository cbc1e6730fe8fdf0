import APIContract
import Domain
import Foundation
import Wire

/// An hour of work on OLTs that answer one request at a time and drop the rest, played faster, judged by their own account.
struct OverloadBench: Sendable {
    let olts: Int
    /// Of the script.
    let minutes: Int
    let speed: Double
    let servers: BenchServers
    let note: @Sendable (String) -> Void

    private static let first = "127.60.0.1"

    func measure() async throws -> OverloadFigures {
        let group = BenchOLTs.Group(first: Self.first, count: olts, ports: 2, onus: 32, faults: ["overload=20ms", "slow-optics=2ms"])
        let simulator = try BenchOLTs([group], arguments: ["--hour", "\(Int(3600 / speed))s"])
        let environment = ["FLOTILLA_WORKER_SLOTS": "general=4,network=64", "FLOTILLA_SNMP_WITNESS": "true"]
        let fleet = try servers.fleet(workers: 2, slots: nil, environment: environment, note: note)
        do {
            try await simulator.start()
            try await fleet.start()
            let figures = try await play(simulator, fleet)
            await fleet.stop()
            await simulator.stop()
            return figures
        } catch {
            await fleet.stop()
            await simulator.stop()
            throw error
        }
    }

    private func play(_ simulator: BenchOLTs, _ fleet: LocalFleet) async throws -> OverloadFigures {
        let client = try APIClient(await fleet.url)
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
        let start = ContinuousClock.now
        let drafts = script()
        note("\(drafts.count) operations on \(olts) OLTs within \(Int(Double(minutes) * 60 / speed)) s")
        let batch: BatchShape = try await client.post(
            APIPath.tasksBatch,
            bytes: Data(DraftCodec.encodeBatch(drafts, as: .json)),
            contentType: "application/json"
        )
        if let problem = batch.entries.compactMap(\.problem).first { throw CommandError(.failed, problem.detail) }
        try await waitForEnd(client)
        return try await figures(simulator, client, drafts.count, took: ContinuousClock.now - start)
    }

    /// Each OLT: a discovery every 15 minutes, its states every 10, its optics every 30; many of them at the same moment.
    private func script() -> [TaskDraft] {
        let begin = Timestamp(microseconds: Int64(Date.now.timeIntervalSince1970 * 1e6)) + .seconds(2)
        var drafts: [TaskDraft] = []
        func add(_ kind: String, _ olt: Int, _ minute: Int, _ payload: [String: JSONValue] = [:]) {
            guard minute < minutes else { return }
            var draft = TaskDraft(kind: kind, payload: payload.merging(["olt": .text("OLT-\(olt)")]) { own, _ in own })
            draft.dueAt = begin + .seconds(Double(minute) * 60 / speed)
            drafts.append(draft)
        }
        for olt in 0..<olts {
            for minute in stride(from: olt % 15, to: minutes, by: 15) { add("snmp.discovery", olt, minute) }
            for minute in stride(from: olt % 10, to: minutes, by: 10) { add("snmp.get", olt, minute, ["columns": .list(["status"])]) }
            for minute in stride(from: olt % 30, to: minutes, by: 30) { add("snmp.get", olt, minute, ["columns": .list(["optics"])]) }
        }
        return drafts
    }

    private func waitForEnd(_ client: APIClient) async throws {
        let deadline = ContinuousClock.now + .seconds(Double(minutes) * 60 / speed + 300)
        while true {
            let states: [String: Int] = try await client.get(APIPath.states)
            let open = TaskState.allCases.filter { !$0.isTerminal }.reduce(0) { $0 + (states[$1.word] ?? 0) }
            if open == 0 { return }
            guard ContinuousClock.now < deadline else { throw CommandError(.failed, "\(open) operations did not end in time") }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    private func figures(
        _ simulator: BenchOLTs,
        _ client: APIClient,
        _ operations: Int,
        took: Duration
    ) async throws -> OverloadFigures {
        let states: [String: Int] = try await client.get(APIPath.states)
        let devices = try await simulator.account().devices
        return OverloadFigures(
            olts: olts,
            minutes: minutes,
            speed: speed,
            operations: operations,
            succeeded: states[TaskState.succeeded.word] ?? 0,
            seconds: took / .seconds(1),
            requests: devices.reduce(0) { $0 + $1.requests },
            dropped: devices.reduce(0) { $0 + $1.dropped },
            overloaded: devices.reduce(0) { $0 + $1.overloaded },
            droppingDevices: devices.filter { $0.overloaded > 0 }.map(\.address),
            inFlightMax: devices.map(\.inFlightMax).max() ?? 0,
            overlaps: devices.reduce(0) { $0 + $1.overlaps }
        )
    }
}

/// What the OLTs saw.
struct OverloadFigures: Codable, BenchFigures {
    let olts: Int
    let minutes: Int
    let speed: Double
    let operations: Int
    let succeeded: Int
    let seconds: Double
    let requests: Int
    let dropped: Int
    /// Dropped because another request was in work at the device: because of us.
    let overloaded: Int
    let droppingDevices: [String]
    let inFlightMax: Int
    let overlaps: Int

    var isGood: Bool { overloaded == 0 && dropped == 0 && overlaps == 0 && succeeded == operations }

    var summary: String {
        "\(minutes) minutes of discovery, states and optics for \(olts) OLTs as a script, \(Int(speed)) times faster; each OLT answers one "
            + "request at a time, takes 20 ms for it (2 ms more for each optical value) and drops what comes meanwhile. Counted by the OLTs."
    }

    var table: [[String]] {
        [
            ["figure", "value"], ["operations, of them succeeded", "\(operations), \(succeeded)"], ["took", Figure.seconds(seconds)],
            ["requests at the OLTs", "\(requests)"], ["dropped because another was in work", "\(overloaded)"],
            ["dropped at all", "\(dropped)"], ["most requests in work at one OLT", "\(inFlightMax)"],
            ["operations that overlapped at one OLT", "\(overlaps)"],
        ]
    }
}
