import Foundation

/// `docs/faults.md`: one table row for each fault; rows that were not played keep what stood there.
struct FaultBook {
    let path: String

    private static let head = "| # | Fault | When | Expected | Outcome | Recovered | Target | Lost | Ended twice | Ran again | Seen |"
    private static let rule = "|---|---|---|---|---|--:|--:|--:|--:|--:|---|"

    /// Replaces the header and the rows that were played.
    func write(_ verdicts: [FaultVerdict], header: FaultHeader, order: [String]) throws {
        let old = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        var rows: [String: String] = [:]
        for line in old.split(separator: "\n") where line.hasPrefix("| F") {
            let id = line.dropFirst(2).prefix { $0 != " " }
            rows[String(id)] = String(line)
        }
        let run = "\(Date.now.formatted(.iso8601)), commit \(header.commit), \(header.build) build"
        for verdict in verdicts { rows[verdict.id] = Self.row(verdict, of: run) }
        let known = order.filter { rows[$0] != nil }
        let table = [Self.head, Self.rule] + known.compactMap { rows[$0] }
        let missing = order.filter { rows[$0] == nil }
        let rest = missing.isEmpty ? "" : "\nNot played yet: \(missing.joined(separator: ", ")).\n"
        try ([header.text, table.joined(separator: "\n")].joined(separator: "\n\n") + "\n" + rest).write(
            toFile: path,
            atomically: true,
            encoding: .utf8
        )
    }

    private static func row(_ verdict: FaultVerdict, of run: String) -> String {
        let outcome = verdict.isGood ? "pass" : "**FAIL**: " + verdict.problems.joined(separator: "; ")
        let recovered = verdict.recoverySeconds.map { "\($0) s" } ?? "never"
        let cells = [
            verdict.id, verdict.fault, verdict.when, verdict.expected, outcome, recovered,
            "\(verdict.targetSeconds) s (\(verdict.measure))",
            "\(verdict.lost) of \(verdict.accepted)", "\(verdict.doubleEnds)", "\(verdict.ranAgain)",
            verdict.checks.joined(separator: "; ") + "; \(run)",
        ]
        return "| "
            + cells.map { $0.replacingOccurrences(of: "|", with: "/").replacingOccurrences(of: "\n", with: " ") }.joined(separator: " | ")
            + " |"
    }
}
