import APIContract
import ArgumentParser
import Domain
import Foundation

/// `flotilla coordinator status`.
struct CoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "Who coordinates, and whether the loop turns.",
        subcommands: [Status.self],
        defaultSubcommand: Status.self
    )

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show leader, term and the loop's last turn; exits with 1 when nobody leads or the loop is late."
        )

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let status: CoordinatorStatusShape = try await common.client().get(APIPath.coordinator)
            if common.json {
                try Terminal.json(status)
            } else {
                var row = [status.leader ?? "nobody", status.term.map { "\($0)" } ?? "none"]
                row.append(status.since.map { common.times.of($0) } ?? "")
                row.append(common.times.of(status.lastTick?.at))
                row.append(status.lastTick.map { "\($0.tookMs) ms" } ?? "")
                row.append(status.lastTick.map { "\($0.olts)" } ?? "")
                Terminal.say(TextTable(["leader", "term", "since", "last turn", "took", "OLTs"], [row]).text(empty: ""))
            }
            guard status.ok else { throw CommandError(.failed, status.detail) }
        }
    }
}

/// `flotilla quotas`.
struct QuotasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quotas",
        abstract: "How often operations had to succeed in a period, and how often they did."
    )

    @Flag(help: "Only those that will not be met, as far as is known.")
    var atRisk = false

    @Option(help: "current, last, or a time such as 2026-01-31T12:00:00Z.")
    var period: String?

    @Option(help: "Only of this OLT: name or id.")
    var olt: String?

    @OptionGroup var page: PageOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let query: [String: String?] = ["atRisk": atRisk ? "true" : nil, "period": period, "olt": olt]
        let list: Listing<QuotaShape> = try await common.client().get(APIPath.quotas, query: page.query(query))
        if common.json { return try Terminal.json(list) }
        let rows = list.items.map { quota -> [String] in
            [
                quota.olt, quota.operation, common.times.of(quota.periodStart), "\(quota.completed)/\(quota.required)",
                Self.bar(quota.completion), "\(quota.failed)", "\(quota.skipped)", quota.status, quota.risk ?? "",
            ]
        }
        let head = ["OLT", "operation", "period", "done", "", "failed", "skipped", "status", "risk"]
        Terminal.say(TextTable(head, rows).text(empty: atRisk ? "no quota is at risk" : "no quotas in this period"))
        if let next = list.next { Terminal.note("more: --cursor \(next)") }
    }

    private static func bar(_ part: Double) -> String {
        let done = Int((min(max(part, 0), 1) * 10).rounded(.down))
        return String(repeating: "█", count: done) + String(repeating: "░", count: 10 - done)
    }
}

/// `flotilla violations [list]|show`.
struct ViolationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "violations",
        abstract: "Periods in which OLTs were asked less often than was declared.",
        subcommands: [List.self, Show.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List violations, newest first.", aliases: ["ls"])

        @Option(help: "Only these: LOW, MEDIUM, HIGH, CRITICAL; several with commas between.")
        var severity: String?

        @Option(help: "Only those since then: a span such as 24h, or a time.")
        var since: String?

        @Option(help: "Only of this OLT: name or id.")
        var olt: String?

        @OptionGroup var page: PageOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let query: [String: String?] = ["severity": severity, "since": since, "olt": olt]
            let list: Listing<ViolationShape> = try await common.client().get(APIPath.violations, query: page.query(query))
            if common.json { return try Terminal.json(list) }
            let rows = list.items.map { violation -> [String] in
                [
                    "\(violation.id)", violation.severity, violation.olt, common.times.of(violation.periodStart),
                    ViolationsCommand.percent(violation.completion), violation.causes.joined(separator: ", "),
                    violation.notifiedAt.map { common.times.of($0) } ?? "not yet",
                ]
            }
            Terminal.say(TextTable(["id", "severity", "OLT", "period", "completed", "causes", "told"], rows).text(empty: "no violations"))
            if let next = list.next { Terminal.note("more: --cursor \(next)") }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one violation with its report.")

        @Argument(help: "The id, as `flotilla violations` shows it.")
        var id: Int64

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let violation: ViolationShape = try await common.client().get(APIPath.violation(id))
            if common.json { return try Terminal.json(violation) }
            let causes = violation.causes.isEmpty ? "none is proven" : violation.causes.joined(separator: ", ")
            let told = violation.notifiedAt.map { common.times.of($0) } ?? "not yet"
            let percent = ViolationsCommand.percent(violation.completion)
            var lines = ["violation \(violation.id)  \(violation.severity)  \(Terminal.visible(violation.olt))  \(percent)"]
            lines.append("period   \(violation.periodStart) to \(violation.periodEnd)")
            lines += ["causes   \(causes)", "told     \(told)", ""]
            if case .list(let operations)? = violation.report["operations"] {
                let columns = ["operation", "required", "completed", "failed", "skipped", "missed", "status", "lastError"]
                lines.append(TextTable(columns, operations.map { operation in columns.map { Self.text(operation, $0) } }).text(empty: ""))
            }
            Terminal.say(lines.joined(separator: "\n"))
        }

        private static func text(_ operation: JSONValue, _ field: String) -> String {
            guard case .object(let fields) = operation, let value = fields[field] else { return "" }
            return switch value {
            case .text(let text): text
            case .number(let number): number.rounded() == number ? "\(Int64(number))" : "\(number)"
            case .bool(let bool): "\(bool)"
            case .null, .list, .object: ""
            }
        }
    }

    fileprivate static func percent(_ part: Double) -> String { "\((part * 1000).rounded() / 10) %" }
}

/// `flotilla logs coordinator`.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "What was decided, and why.",
        subcommands: [Coordinator.self]
    )

    struct Coordinator: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The coordinator's decisions, newest first; with --follow as they are made. Ctrl-C ends it."
        )

        @Option(help: "Only of this OLT: name or id; GLOBAL: what concerns all.")
        var olt: String?

        @Option(help: "This level and what is worse: DEBUG, INFO, WARNING, ERROR, CRITICAL.")
        var level: String?

        @Option(help: "Only these types; several with commas between.")
        var type: String?

        @Option(help: "Only with this in the message.")
        var text: String?

        @Flag(help: "Go on with what comes.")
        var follow = false

        @Option(help: "End after so many lines; missing: never. Only with --follow.")
        var count: Int?

        @OptionGroup var page: PageOptions
        @OptionGroup var common: CommonOptions

        func validate() throws {
            if let count, count < 1 { throw ValidationError("--count \(count) is out of range; allowed: 1 and more") }
            if count != nil, !follow { throw ValidationError("--count is for --follow") }
            if follow, page.cursor != nil { throw ValidationError("--cursor and --follow exclude each other") }
        }

        func run() async throws {
            let client = try common.client()
            let query: [String: String?] = ["olt": olt, "level": level, "type": type, "text": text]
            let list: Listing<CoordinatorLogShape> = try await client.get(APIPath.coordinatorLog, query: page.query(query))
            guard follow else {
                if common.json { return try Terminal.json(list) }
                let rows = list.items.map { line -> [String] in
                    [common.times.of(line.at), line.level, line.type, line.olt ?? "GLOBAL", line.message]
                }
                Terminal.say(TextTable(["time", "level", "type", "OLT", "message"], rows).text(empty: "no line fits"))
                if let next = list.next { Terminal.note("more: --cursor \(next)") }
                return
            }
            var left = count ?? .max
            var last: Int64 = 0
            for line in list.items.reversed() where try tell(line, &last, &left) { return }
            while true {
                try await Task.sleep(for: .seconds(1))
                var next = query
                next["after"] = "\(last)"
                next["limit"] = "1000"
                let more: Listing<CoordinatorLogShape> = try await client.get(APIPath.coordinatorLog, query: next)
                for line in more.items where try tell(line, &last, &left) { return }
            }
        }

        /// - Returns: whether it was the last one.
        private func tell(_ line: CoordinatorLogShape, _ last: inout Int64, _ left: inout Int) throws -> Bool {
            last = max(last, line.id)
            if common.json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                Terminal.say(String(decoding: try encoder.encode(line), as: UTF8.self))
            } else {
                let time = common.iso ? line.at : String(line.at.prefix(19).replacing("T", with: " "))
                Terminal.say(Terminal.visible("\(time) [\(line.level)] \(line.type) \(line.olt ?? "GLOBAL"): \(line.message)"))
            }
            left -= 1
            return left == 0
        }
    }
}
