import ArgumentParser
import Foundation
import Synchronization

/// `flotilla faults`: the matrix of faults on private servers.
struct FaultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults",
        abstract: "Kill, freeze and cut off parts of a private fleet, and count what was lost (it should be nothing).",
        discussion: """
            Each row starts servers, orchestrators, workers and simulated OLTs of its own, puts load on them, injects its fault and judges
            what came of every task that was accepted. Takes one to three minutes a row.

            \(FaultMatrix.rows.map { "  \($0.id)  \($0.fault)" }.joined(separator: "\n"))
            """
    )

    @Option(help: "Only these rows, separated by commas; missing: all.")
    var rows: String?

    @Option(help: "Also write the rows into this file; rows that are not played keep what stands there.")
    var markdown: String?

    @Option(help: "Rows that are played side by side, 1 to 8; more than the machine carries turns times to recover into luck.")
    var atOnce = 1

    @Flag(help: "Print JSON and nothing else.")
    var json = false

    func validate() throws {
        guard (1...8).contains(atOnce) else { throw ValidationError("--at-once \(atOnce) is out of range; allowed: 1 to 8") }
        _ = try chosen()
    }

    func run() async throws {
        let (chosen, markdown, json, atOnce) = (try chosen(), markdown, json, atOnce)
        let machine = BenchMachine()
        let began = ContinuousClock.now
        let note: @Sendable (String) -> Void = { text in
            if !json { Terminal.note("\(Stopwatch.text(ContinuousClock.now - began))  \(text)") }
        }
        let isOver = Atomic(false)
        try await Foreground.run(
            starting: {},
            stopping: {},
            body: {
                let header = try await FaultHeader(machine)
                let verdicts = try await FaultRun(rows: chosen, note: note).play(atOnce: atOnce) { verdict in
                    guard let markdown else { return }
                    try FaultBook(path: markdown).write([verdict], header: header, order: FaultMatrix.rows.map(\.id))
                }
                isOver.store(true, ordering: .relaxed)
                if json { try Terminal.json(verdicts) } else { Terminal.say(Self.table(verdicts)) }
                let bad = verdicts.filter { !$0.isGood }.map(\.id)
                guard bad.isEmpty else { throw CommandError(.failed, "\(bad.joined(separator: ", ")) did not end as promised") }
            }
        )
        guard isOver.load(ordering: .relaxed) else { throw CommandError(.failed, "stopped before all rows were played") }
    }

    private func chosen() throws -> [FaultRow] {
        guard let rows, !rows.isEmpty else { return FaultMatrix.rows }
        return try rows.split(whereSeparator: { ", ".contains($0) }).map { id in
            guard let row = FaultMatrix.rows.first(where: { $0.id == id.uppercased() }) else {
                let known = FaultMatrix.rows.map(\.id).joined(separator: ", ")
                throw ValidationError("--rows: there is no row \"\(id)\"; allowed: \(known)")
            }
            return row
        }
    }

    private static func table(_ verdicts: [FaultVerdict]) -> String {
        let rows = verdicts.map { verdict in
            [
                verdict.id, verdict.isGood ? "pass" : "FAIL", verdict.recoverySeconds.map { "\($0) s" } ?? "never",
                "\(verdict.targetSeconds) s",
                "\(verdict.lost) of \(verdict.accepted)", "\(verdict.doubleEnds)", verdict.problems.joined(separator: "; "),
            ]
        }
        return TextTable(["row", "outcome", "recovered", "target", "lost", "ended twice", "wrong"], rows).text(empty: "")
    }
}
