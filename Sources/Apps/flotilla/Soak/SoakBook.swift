import Foundation

/// `docs/soak.md`: the last soak, replaced as a whole.
struct SoakBook {
    let path: String

    func write(_ verdict: SoakVerdict, machine: FaultHeader) throws {
        try text(verdict, machine).write(toFile: path, atomically: true, encoding: .utf8)
    }

    private func text(_ verdict: SoakVerdict, _ machine: FaultHeader) -> String {
        let faults = verdict.faults.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let counts = verdict.counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let outcome = verdict.isGood ? "**pass**" : "**FAIL**: " + verdict.problems.joined(separator: "; ")
        let struck = verdict.faults.values.reduce(0, +)
        return """
            # Soak

            Written by `make soak` (`MINUTES=10`, 30 before a release; `SEED=…` plays the same faults again). Mixed load on private servers: up to 40
            plain tasks a second, discoveries and readings of simulated OLTs, tasks that fail once or for good, tasks that are cancelled before or
            while they run, letters that are sent again. Meanwhile random faults, 20 to 40 s apart, then a quiet end. Afterwards every accepted task is
            looked for, and every run by the OLTs' own account. One worker and one orchestrator are never killed (the latter may be frozen and cut
            off).

            Last run: \(Date.now.formatted(.iso8601)), commit \(machine.commit), \(machine.circumstances)

            \(Self.figure(verdict.minutes)) minutes, seed \(verdict.seed), \(verdict.orchestrators) orchestrators, \(verdict.workers) workers: \(outcome).

            | | |
            |---|---|
            | Faults | \(struck): \(faults) |
            | Accepted and lost | \(verdict.accepted), lost \(verdict.lost) |
            | Ended twice | \(verdict.doubleEnds) |
            | Runs at the OLTs | \(verdict.runsAtDevices), overlaps \(verdict.overlaps), strays \(verdict.strays) (a frozen worker may leave one each) |
            | All settled | \(Self.figure(verdict.settledSeconds)) s after the end of the load |
            | Seen | \(counts) |
            | Checked | \(verdict.checks.joined(separator: "; ")) |

            What is held, over time. Growth is the slope by least squares over the second half of the soak, of the same process; it is judged where that
            is three minutes or more. A process that was killed begins anew. Allowed are 24 MiB, 3 descriptors
            and 3 threads in all over that half (what a broker connection holds comes and goes in steps of up to 14 MiB), so a longer soak is sharper.

            | Of | Figure | First | Most | Last | Growth a minute | Allowed |
            |---|---|--:|--:|--:|--:|--:|
            \(verdict.growth.map(Self.row).joined(separator: "\n"))

            """
    }

    private static func row(_ growth: SoakVerdict.Growth) -> String {
        let cells = [
            growth.of, growth.figure, figure(growth.first), figure(growth.most), figure(growth.last), SoakRun.short(growth.perMinute),
            growth.allowed.map(figure) ?? "not judged",
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private static func figure(_ value: Double) -> String { String(format: "%g", (value * 10).rounded() / 10) }
}
