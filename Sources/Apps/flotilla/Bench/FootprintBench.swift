import APIContract
import Foundation
import PrivateServers

/// What it costs to be there.
struct FootprintFigures: Codable, BenchFigures {
    /// From the schema check until an orchestrator and two workers are ready, the servers running.
    let fleetReadyMillis: Double
    /// From starting a worker's process until the API lists it, each time a new one.
    let registeredMillis: [Double]
    let registeredMedianMillis: Double
    let idleSeconds: Int
    let workerBytes: Int
    let orchestratorBytes: Int
    /// SNMP operations that one worker held at once, each on an OLT of its own.
    let busyOperations: Int
    /// The most that was resident in it.
    let busyWorkerBytes: Int

    var summary: String {
        "An orchestrator and two workers on running servers. Memory is what is resident after \(idleSeconds) s of idleness."
    }

    var table: [[String]] {
        [
            ["figure", "value"], ["migrate an empty database, orchestrator and two workers ready", Figure.millis(fleetReadyMillis)],
            [
                "worker: process started → registered in the API, median of \(registeredMillis.count)",
                Figure.millis(registeredMedianMillis),
            ],
            ["worker: resident, idle", Figure.mebibytes(workerBytes)],
            ["orchestrator: resident, idle", Figure.mebibytes(orchestratorBytes)],
            ["worker: resident at most, with \(busyOperations) SNMP operations at once", Figure.mebibytes(busyWorkerBytes)],
        ]
    }
}

extension FootprintFigures {
    fileprivate func with(_ busy: BusyFootprint.Peak) -> FootprintFigures {
        FootprintFigures(
            fleetReadyMillis: fleetReadyMillis,
            registeredMillis: registeredMillis,
            registeredMedianMillis: registeredMedianMillis,
            idleSeconds: idleSeconds,
            workerBytes: workerBytes,
            orchestratorBytes: orchestratorBytes,
            busyOperations: busy.operations,
            busyWorkerBytes: busy.bytes
        )
    }
}

/// Starts a fleet, then workers one by one, then looks at idle processes.
struct FootprintBench: Sendable {
    let rounds = 5
    let idleSeconds: Int
    let operations: Int
    let servers: BenchServers
    let note: @Sendable (String) -> Void

    func measure() async throws -> FootprintFigures {
        let fleet = try servers.fleet(workers: 2, slots: nil, note: note)
        do {
            let start = ContinuousClock.now
            try await fleet.start()
            let ready = (ContinuousClock.now - start) / .milliseconds(1)
            let idle = try await measure(fleet, ready)
            await fleet.stop()
            let busy = try await BusyFootprint(operations: operations, servers: servers, note: note).measure()
            return idle.with(busy)
        } catch {
            await fleet.stop()
            throw error
        }
    }

    private func measure(_ fleet: LocalFleet, _ ready: Double) async throws -> FootprintFigures {
        guard let worker = await fleet.workers.first?.pid, let orchestrator = CPUAccount.pid(of: "orchestrator") else {
            throw CommandError(.failed, "the fleet has no processes")
        }
        note("idle for \(idleSeconds) s")
        try await Task.sleep(for: .seconds(idleSeconds))
        let bytes = (worker: ProcessMeter.residentBytes(of: worker), orchestrator: ProcessMeter.residentBytes(of: orchestrator))
        var registered: [Double] = []
        for _ in 0..<rounds { registered.append(try await register(fleet)) }
        return FootprintFigures(
            fleetReadyMillis: ready,
            registeredMillis: registered,
            registeredMedianMillis: registered.sorted()[rounds / 2],
            idleSeconds: idleSeconds,
            workerBytes: bytes.worker,
            orchestratorBytes: bytes.orchestrator,
            busyOperations: 0,
            busyWorkerBytes: 0
        )
    }

    private func register(_ fleet: LocalFleet) async throws -> Double {
        let connection = try KeepAlive(await fleet.url)
        let start = ContinuousClock.now
        let pid = try await fleet.startWorker().pid
        while true {
            let list = try JSONDecoder().decode(Listing<WorkerShape>.self, from: Data(connection.get(APIPath.workers)))
            let span = ContinuousClock.now - start
            if list.items.contains(where: { $0.pid == pid }) { return span / .milliseconds(1) }
            guard span < .seconds(30) else { throw CommandError(.failed, "worker \(pid ?? 0) did not register within 30 s") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}
