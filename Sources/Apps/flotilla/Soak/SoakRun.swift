import APIContract
import Domain
import Foundation
import PrivateServers

/// Puts mixed load and random faults on a fleet for a while, then looks at all that was accepted and at what grew.
struct SoakRun: Sendable {
    let minutes: Double
    let seed: UInt64
    let orchestrators: Int
    let workers: Int
    let note: @Sendable (String) -> Void

    private var row: FaultRow {
        var shape = FaultShape()
        (shape.orchestrators, shape.workers, shape.olts) = (orchestrators, workers, 6)
        shape.proxied = [.broker, .redis, .postgres]
        return FaultRow(
            id: "soak",
            fault: "random",
            when: "load",
            expected: "nothing lost, nothing ended twice, nothing grows",
            measure: "",
            target: .zero,
            shape: shape
        ) { _ in }
    }

    /// Starts everything, plays, judges, ends everything.
    func play() async throws -> SoakVerdict {
        let stage = try FaultStage(row, note: note)
        let result: Result<SoakVerdict, any Error>
        do {
            try await stage.start()
            result = .success(try await play(on: stage))
        } catch {
            result = .failure(error)
        }
        switch result {
        case .success(let verdict) where verdict.isGood: break
        case .success, .failure: await stage.keepLogs()
        }
        await stage.stop()
        return try result.get()
    }

    private func play(on stage: FaultStage) async throws -> SoakVerdict {
        let plan = SoakPlan(length: .seconds(minutes * 60), seed: seed)
        let (load, meter) = (try await SoakLoad(stage), SoakMeter(stage))
        note("\(minutes) minutes with \(plan.turns.count) faults, seed \(seed); the last \(plan.tail.seconds) s are quiet")
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                await load.run()
                return false
            }
            group.addTask {
                try await measure(with: meter)
                return false
            }
            group.addTask {
                try await strike(plan, on: stage)
                await load.stop()
                return true
            }
            while try await group.next() == false {}
            group.cancelAll()
        }
        return try await judge(plan, stage, load, meter)
    }

    private func strike(_ plan: SoakPlan, on stage: FaultStage) async throws {
        var faults = SoakFaults(stage: stage, dice: SoakDice(seed: seed &+ 1))
        let began = ContinuousClock.now
        for turn in plan.turns {
            try await Task.sleep(until: began + turn.at)
            note("  \(turn.fault.text) (\(turn.lasts.seconds) s)")
            try await faults.play(turn)
        }
        await stage.healed()
        try await Task.sleep(until: max(began + plan.length, .now + plan.tail))
    }

    private func measure(with meter: SoakMeter) async throws {
        let every = min(Duration.seconds(5), .seconds(minutes * 60 / 20))
        var turn = 0
        while !Task.isCancelled {
            await meter.sampleProcesses()
            // The broker's tool takes a core for a second.
            if turn % 6 == 0 {
                await meter.sampleServers()
                note("    " + (await meter.line))
            }
            turn += 1
            guard (try? await Task.sleep(for: every)) != nil else { return }
        }
    }

    private func judge(_ plan: SoakPlan, _ stage: FaultStage, _ load: SoakLoad, _ meter: SoakMeter) async throws -> SoakVerdict {
        let settled = try await SoakJudge(stage: stage).settle()
        note("  settled after \(settled.seconds) s")
        await meter.sampleProcesses()
        await meter.sampleServers()
        let growth = await growth(meter)
        for grown in growth where !grown.isGood {
            await stage.problem("I23: \(grown.of) \(grown.figure) grows by \(Self.short(grown.perMinute)) a minute")
        }
        let members = await stage.fleet.orchestrators + stage.fleet.workers
        let left = members.reduce(0) { $0 + ProcessSample.leftSockets(of: $1.pid) }
        await stage.check("I23", "\(left) sockets left open although their peer is gone", good: left == 0)
        let accepted = try await stage.load.accepted
        let (lost, doubled, ended) = try await SoakJudge(stage: stage).judge(accepted: Array(accepted.keys))
        let account = try await stage.account()
        let overlaps = account.devices.reduce(0) { $0 + $1.overlaps }
        let strays = account.devices.reduce(0) { $0 + $1.strays }
        let runs = account.devices.reduce(0) { $0 + $1.holders.count }
        let frozen = plan.turns.count { $0.fault == .workerFrozen }
        let text = "\(overlaps) overlaps in \(runs) runs at the OLTs, \(strays) strays"
        await stage.check("I7", text, good: overlaps == 0 && strays <= frozen)
        for end in await stage.fleet.ended() { await stage.problem(end) }
        let pids = Set(await stage.fleet.workers.map(\.pid))
        let known = try await stage.fleet.listedWorkers().filter { $0.status != "lost" && pids.contains($0.pid) }
        let idle = known.count { $0.tasksCompleted == 0 }
        let alive = "\(known.count) of \(pids.count) workers known, \(idle) of them idle"
        await stage.check("I22", alive, good: known.count == pids.count && idle == 0)
        let counts = await load.counts.merging(ended) { $1 }
        return SoakVerdict(
            seed: seed,
            minutes: minutes,
            faults: plan.turns.reduce(into: [:]) { $0[$1.fault.text, default: 0] += 1 },
            orchestrators: orchestrators,
            workers: workers,
            accepted: accepted.count,
            lost: lost,
            doubleEnds: doubled,
            overlaps: overlaps,
            strays: strays,
            runsAtDevices: runs,
            counts: counts,
            growth: growth,
            settledSeconds: settled.seconds,
            checks: await stage.checks,
            problems: await stage.problems
        )
    }

    /// Judged only where enough was seen: three minutes of one process.
    private func growth(_ meter: SoakMeter) async -> [SoakVerdict.Growth] {
        let (half, series) = (minutes / 2, await meter.series)
        return series.sorted { $0.key < $1.key }.flatMap { name, figures in
            figures.sorted { $0.key < $1.key }.compactMap { figure, series -> SoakVerdict.Growth? in
                guard let first = series.first, let last = series.last, let most = series.most, let begin = series.points.first?.minutes,
                    let end = series.points.last?.minutes
                else { return nil }
                let isLong = end - max(begin, half) >= 3
                return SoakVerdict.Growth(
                    of: name,
                    figure: figure,
                    first: first,
                    most: most,
                    last: last,
                    perMinute: series.slope(from: max(half, begin)),
                    allowed: isLong ? SoakMeter.Figure(rawValue: figure).map { $0.tolerance / half } : nil
                )
            }
        }
    }

    static func short(_ value: Double) -> String { String(format: "%.2f", value) }
}
