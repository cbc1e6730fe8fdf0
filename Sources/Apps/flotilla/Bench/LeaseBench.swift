import Assembly
import Domain
import Foundation
import Logging
import PrivateServers

/// Asks a Redis for leases, through the adapter and through redis-benchmark, in one run.
struct LeaseBench: Sendable {
    let cycles: Int
    let inFlight: Int
    let redis: PrivateRedis
    let folder: ScratchFolder
    let note: @Sendable (String) -> Void

    func measure() async throws -> LeaseFigures {
        let door = try await LeaseDoor(url: redis.url, logger: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() }))
        do {
            let figures = try await measure(door.store)
            await door.close()
            return figures
        } catch {
            await door.close()
            throw error
        }
    }

    private func measure(_ store: any LeaseStore) async throws -> LeaseFigures {
        note("\(max(1, cycles / 10)) cycles to warm up")
        _ = try await run(store, cycles: max(1, cycles / 10), round: 0)
        note("redis-benchmark")
        let before = try await peers("before")
        note("\(cycles) cycles of take, renew, release, \(inFlight) in flight")
        let cpu = Self.cpuSeconds()
        let seconds = try await run(store, cycles: cycles, round: 1)
        let spent = Self.cpuSeconds() - cpu
        note("redis-benchmark again")
        let after = try await peers("after")
        note("alone")
        let alone = try await alone(store, min(cycles, 2_000))
        let questions = Double(cycles * 3)
        let perSecond = questions / seconds
        let pipelined = [before.pipelined, after.pipelined]
        let connections = [before.connections, after.connections]
        return LeaseFigures(
            cycles: cycles,
            inFlight: inFlight,
            seconds: seconds,
            perSecond: perSecond,
            clientMicros: spent / questions * 1_000_000,
            pipelined: pipelined,
            connections: connections,
            ratio: perSecond * 2 / pipelined.reduce(0) { $0 + $1.perSecond },
            ratioToConnections: perSecond * 2 / connections.reduce(0) { $0 + $1.perSecond },
            alone: Spread(alone)
        )
    }

    // MARK: Ours

    /// - Returns: seconds from the first question to the last answer; every lease must have been granted, renewed and given back.
    private func run(_ store: any LeaseStore, cycles: Int, round: Int) async throws -> Double {
        let inFlight = inFlight
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<inFlight {
                group.addTask { @concurrent in
                    for cycle in stride(from: lane, to: cycles, by: inFlight) {
                        try await Self.cycle(store, key: "bench-\(round)-\(cycle)")
                    }
                }
            }
            try await group.waitForAll()
        }
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private static func cycle(_ store: any LeaseStore, key text: String) async throws {
        guard let key = ExclusionKey(text) else { throw CommandError(.failed, "\(text) is no key") }
        let (number, run) = (DispatchNumber(1), RunToken(1))
        let taken = try await store.take(key, number, run: run, holder: "bench", span: .seconds(30))
        guard case .granted = taken else { throw CommandError(.failed, "\(text) was not granted but \(taken)") }
        guard try await store.renew(key, number, run: run, span: .seconds(30)) == .renewed,
            try await store.release(key, number, run: run, clean: true) == .released
        else { throw CommandError(.failed, "the lease of \(text) was lost") }
    }

    /// Milliseconds of each question, one after the other.
    private func alone(_ store: any LeaseStore, _ count: Int) async throws -> [Double] {
        var spans: [Double] = []
        for place in 0..<count {
            guard let key = ExclusionKey("alone-\(place)") else { continue }
            let start = ContinuousClock.now
            _ = try await store.take(key, DispatchNumber(1), run: RunToken(1), holder: "bench", span: .seconds(30))
            spans.append((ContinuousClock.now - start) / .milliseconds(1))
        }
        return spans
    }

    private static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    // MARK: redis-benchmark

    private func peers(_ when: String) async throws -> (pipelined: LeaseFigures.Loop, connections: LeaseFigures.Loop) {
        let pipelined = try await peer("p-\(when)", ["-c", "1", "-P", "\(inFlight)"])
        return (pipelined, try await peer("c-\(when)", ["-c", "\(inFlight)", "-P", "1"]))
    }

    /// Keys are drawn from so many that nearly each is met once: taken, renewed while it is held, given back.
    private func peer(_ name: String, _ shape: [String]) async throws -> LeaseFigures.Loop {
        let info = try await Run.output(of: ChildProcess.Command("redis-cli", ["-p", "\(redis.port)", "info", "server"]), in: folder)
        guard let run = info.firstMatch(of: /run_id:([0-9a-f]+)/) else { throw CommandError(.failed, "the server tells no run_id") }
        var rates: [Double] = []
        for script in LeaseDoor.scripts {
            let load = ["-p", "\(redis.port)", "script", "load", script.source]
            let digest = try await Run.output(of: ChildProcess.Command("redis-cli", load), in: folder)
            let arguments = script.keysAndArguments.map { argument in
                argument.replacingOccurrences(of: "KEY", with: "\(name)-__rand_int__").replacingOccurrences(
                    of: "RUN_ID",
                    with: String(run.1)
                )
            }
            let command =
                ["-p", "\(redis.port)", "--csv", "-n", "\(cycles)", "-r", "\(cycles)"] + shape
                + ["EVALSHA", digest.trimmingCharacters(in: .whitespacesAndNewlines)] + arguments
            let output = try await Run.output(of: ChildProcess.Command("redis-benchmark", command), in: folder)
            // The last line: "the command","requests a second","latencies"…
            guard let line = output.split(separator: "\n").last, let cell = line.split(separator: "\",\"").dropFirst().first,
                let rate = Double(cell), rate > 0
            else { throw CommandError(.failed, "redis-benchmark answered \(output.suffix(300))") }
            rates.append(rate)
        }
        return LeaseFigures.Loop(take: rates[0], renew: rates[1], release: rates[2])
    }
}
