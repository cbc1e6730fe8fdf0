import ArgumentParser
import Foundation
import Synchronization

/// `flotilla soak`: random faults under mixed load, for minutes.
struct SoakCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak",
        abstract: "Put random faults on a private fleet under load for a while; nothing may be lost, ended twice, or grow.",
        discussion: """
            Plain and keyed tasks, failures, cancellations and retried letters flow while workers, orchestrators and servers are killed, frozen,
            cut off and emptied, one each 20 to 40 s, then a quiet end. The same seed plays the same faults. See `flotilla faults` for each alone.
            """
    )

    @Option(help: "How long the load lasts, 0.3 to 1440; less than a whole minute is for trying out.")
    var minutes = 10.0

    @Option(help: "Plays the faults of an earlier soak again; missing: others each time.")
    var seed: UInt64?

    @Option(help: "Workers, 2 to 20; the first is never killed.")
    var workers = 4

    @Option(help: "Orchestrators, 2 to 4; the first is never killed, the last one is.")
    var orchestrators = 2

    @Option(help: "Also write what came of it into this file.")
    var markdown: String?

    @Flag(help: "Print JSON and nothing else.")
    var json = false

    func validate() throws {
        guard (0.3...1440).contains(minutes) else { throw ValidationError("--minutes \(minutes) is out of range; allowed: 0.3 to 1440") }
        guard (2...20).contains(workers) else { throw ValidationError("--workers \(workers) is out of range; allowed: 2 to 20") }
        guard (2...4).contains(orchestrators) else {
            throw ValidationError("--orchestrators \(orchestrators) is out of range; allowed: 2 to 4")
        }
    }

    func run() async throws {
        let (markdown, json) = (markdown, json)
        let machine = BenchMachine()
        let began = ContinuousClock.now
        let note: @Sendable (String) -> Void = { text in
            if !json { Terminal.note("\(Stopwatch.text(ContinuousClock.now - began))  \(text)") }
        }
        let soak = SoakRun(
            minutes: minutes,
            seed: seed ?? UInt64.random(in: 1...999_999),
            orchestrators: orchestrators,
            workers: workers,
            note: note
        )
        let isOver = Atomic(false)
        try await Foreground.run(
            starting: {},
            stopping: {},
            body: {
                let header = try await FaultHeader(machine)
                let verdict = try await soak.play()
                isOver.store(true, ordering: .relaxed)
                if let markdown { try SoakBook(path: markdown).write(verdict, machine: header) }
                if json { try Terminal.json(verdict) } else { Terminal.say(Self.text(verdict)) }
                guard verdict.isGood else {
                    throw CommandError(.failed, "the soak with the seed \(verdict.seed) did not end as promised: \(verdict.problems[0])")
                }
            }
        )
        guard isOver.load(ordering: .relaxed) else { throw CommandError(.failed, "stopped before the soak was over") }
    }

    private static func text(_ verdict: SoakVerdict) -> String {
        let rows = verdict.growth.map { growth in
            [
                growth.of, growth.figure, SoakRun.short(growth.first), SoakRun.short(growth.most), SoakRun.short(growth.last),
                SoakRun.short(growth.perMinute), growth.allowed.map(SoakRun.short) ?? "not judged",
            ]
        }
        let faults = verdict.faults.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let counts = verdict.counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        return """
            seed \(verdict.seed): \(verdict.isGood ? "pass" : "FAIL: " + verdict.problems.joined(separator: "; "))
            \(verdict.accepted) accepted, \(verdict.lost) lost, \(verdict.doubleEnds) ended twice; \(verdict.overlaps) overlaps in \
            \(verdict.runsAtDevices) runs at the OLTs, \(verdict.strays) strays; settled after \(verdict.settledSeconds) s
            faults: \(faults)
            seen: \(counts)
            checked: \(verdict.checks.joined(separator: "; "))
            \(TextTable(["of", "figure", "first", "most", "last", "a minute", "allowed"], rows).text(empty: ""))
            """
    }
}
