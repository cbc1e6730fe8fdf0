import APIContract
import ArgumentParser
import Domain
import Foundation
import Glibc

/// `flotilla plan OLT`.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "What an OLT is asked in this period, as a line of time for each operation.",
        discussion: "Marks: \(PlanDrawing.legend). Where several fall together the worst one is shown."
    )

    @Argument(help: "Name or id.")
    var olt: String

    @Option(help: "Columns to draw in, 40 to 1000; default: the terminal's, or 100.")
    var width: Int?

    @Flag(help: "Show how the plan came about: its earlier revisions.")
    var revisions = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let width, !(40...1000).contains(width) { throw ValidationError("--width \(width) is out of range; allowed: 40 to 1000") }
    }

    func run() async throws {
        let plan: PlanShape = try await common.client().get(APIPath.oltPlan(olt))
        if common.json { return try Terminal.json(plan) }
        var parts = [head(plan)]
        let columns = width ?? TerminalSize.columns ?? 100
        for span in plan.periods { parts.append(PlanDrawing(span: span, now: plan.now, width: columns).text) }
        if plan.periods.isEmpty { parts.append("there is no plan yet") } else { parts.append(PlanDrawing.legend) }
        if !plan.timings.isEmpty { parts.append(timings(plan)) }
        if revisions {
            let rows = plan.revisions.map { revision -> [String] in
                [
                    common.times.of(revision.periodStart), "\(revision.revision)", revision.status,
                    "\(revision.completed)/\(revision.total)",
                    "\(revision.failed)", "\(revision.skipped)", common.times.of(revision.madeAt), revision.reason,
                ]
            }
            let head = ["period", "revision", "status", "done", "failed", "skipped", "made", "because"]
            parts.append(TextTable(head, rows).text(empty: "no revisions"))
        }
        Terminal.say(parts.joined(separator: "\n\n"))
    }

    private func head(_ plan: PlanShape) -> String {
        var text = "\(Terminal.visible(plan.olt))  olt:\(plan.oltId)\(plan.enabled ? "" : "  disabled")"
        if let condition = plan.condition {
            if let since = condition.suspendedAt { text += "\nsuspended since \(common.times.of(since)), until a probe is answered" }
            if condition.failuresInRow > 0 {
                text += "\n\(condition.failuresInRow) failures in a row, last: \(condition.lastError ?? "unknown")"
            }
            if let success = condition.lastSuccessAt { text += "\nlast success \(common.times.of(success))" }
        }
        return text
    }

    private func timings(_ plan: PlanShape) -> String {
        func seconds(_ value: Double?) -> String { value.map { "\(($0 * 100).rounded() / 100) s" } ?? "" }
        let rows = plan.timings.map { timing -> [String] in
            let lastDay = timing.successRate == nil ? "" : "\(timing.succeeded)/\(timing.succeeded + timing.failed)"
            return [
                timing.operation, "\(timing.runs)", seconds(timing.meanSeconds), seconds(timing.p90Seconds),
                seconds(timing.predictedSeconds),
                timing.predictionErrorPercent.map { "\($0) %" } ?? "", lastDay, common.times.of(timing.lastRunAt),
            ]
        }
        return TextTable(["operation", "runs", "mean", "90 % within", "expected", "error", "last day", "last run"], rows).text(empty: "")
    }
}

/// A period in rows of characters.
struct PlanDrawing {
    static let legend = "○ planned  ◌ held until a probe is answered  ▶ under way  ● done  ✗ failed  – missed  · cancelled  ┊ now"

    let span: PlanShape.Span
    let now: String
    let width: Int

    /// Worst last: what is shown where several fall together.
    private static let marks: [(state: String, mark: Character)] = [
        ("cancelled", "·"), ("planned", "○"), ("held", "◌"), ("completed", "●"), ("running", "▶"), ("missed", "–"), ("failed", "✗"),
    ]

    var text: String {
        let over = span.overfull ? "  (too much for the period)" : ""
        let title = "\(clock(span.start)) to \(clock(span.end)) UTC  \(span.status)  revision \(span.revision)"
        var lines = [title + ": " + Terminal.visible(span.reason) + over]
        guard let start = Timestamp(span.start), let end = Timestamp(span.end), start < end else { return lines[0] }
        var operations: [String] = []
        for slot in span.slots where !operations.contains(slot.operation) { operations.append(slot.operation) }
        for quota in span.quotas where !operations.contains(quota.operation) { operations.append(quota.operation) }
        guard !operations.isEmpty else { return lines[0] + "\nnothing is planned" }
        let known = OperationType.all.sorted().map(\.word)
        operations.sort { (known.firstIndex(of: $0) ?? .max) < (known.firstIndex(of: $1) ?? .max) }
        let label = (operations.map(\.count).max() ?? 0) + 2
        let tail = 10
        let cells = max(12, width - label - tail)
        func cell(_ time: Timestamp) -> Int? {
            guard start <= time, time < end else { return nil }
            return Int(Double((time - start).microseconds) / Double((end - start).microseconds) * Double(cells))
        }
        let nowCell = Timestamp(now).flatMap(cell)
        lines.append(String(repeating: " ", count: label) + axis(start, end, cells))
        for operation in operations {
            var row = Array(repeating: Character("─"), count: cells)
            var worst = Array(repeating: -1, count: cells)
            if let nowCell { row[nowCell] = "┊" }
            for slot in span.slots where slot.operation == operation {
                guard let place = Timestamp(slot.at).flatMap(cell),
                    let rank = Self.marks.firstIndex(where: { $0.state == slot.state }), rank > worst[place]
                else { continue }
                worst[place] = rank
                row[place] = Self.marks[rank].mark
            }
            let quota = span.quotas.first { $0.operation == operation }
            let done = quota.map { "  \($0.completed)/\($0.required)" } ?? ""
            lines.append(operation + String(repeating: " ", count: label - operation.count) + String(row) + done)
        }
        for quota in span.quotas { if let risk = quota.risk { lines.append("at risk: \(quota.operation): \(Terminal.visible(risk))") } }
        return lines.joined(separator: "\n")
    }

    /// Times along the line, as many as have room.
    private func axis(_ start: Timestamp, _ end: Timestamp, _ cells: Int) -> String {
        let isShort = (end - start) < .seconds(600)
        let size = isShort ? 9 : 6
        let ticks = max(1, min(6, cells / (size + 2)))
        var row = Array(repeating: Character(" "), count: cells + size)
        for tick in 0..<ticks {
            let time = start + .microseconds((end - start).microseconds * Int64(tick) / Int64(ticks))
            for (offset, character) in clock(time.description, seconds: isShort).enumerated() {
                row[cells * tick / ticks + offset] = character
            }
        }
        return String(row.prefix(cells))
    }

    private func clock(_ text: String, seconds: Bool = false) -> String { String(text.dropFirst(11).prefix(seconds ? 8 : 5)) }
}

/// How wide the terminal is.
enum TerminalSize {
    /// `nil`: there is none.
    static var columns: Int? {
        if let text = ProcessInfo.processInfo.environment["COLUMNS"], let columns = Int(text), columns >= 40 { return columns }
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else { return nil }
        return Int(size.ws_col)
    }
}
