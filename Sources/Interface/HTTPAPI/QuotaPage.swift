import APIContract
import Domain
import Hummingbird
import Orchestration

/// The pages `/quotas` and `/violations`.
struct QuotaPage {
    static let path = "/quotas"

    let desk: ControlDesk
    let coordination: CoordinationDesk

    private var words: CoordinationWords { CoordinationWords(desk: desk, coordination: coordination) }

    func add(to router: Router<APIContext>) {
        router.get(RouterPath(Self.path)) { request, _ in LivePage.answer(try await quotas(request)) }
        router.get(RouterPath(ViolationPage.path)) { request, _ in LivePage.answer(try await violations(request)) }
        router.get(RouterPath(ViolationPage.path + "/:id")) { _, context in
            LivePage.answer(ViolationPage.one(ViolationShape(try await words.violation(context.parameters.get("id") ?? ""))))
        }
    }

    private func quotas(_ request: Request) async throws -> String {
        let query = try Query(request, allowed: CoordinationWords.ofQuotas)
        let asked = CoordinationWords.asked(query, CoordinationWords.ofQuotas)
        let page = try await coordination.quotas(try await words.quotas(query))
        let status = try await words.status()
        return HTML.page(
            "Quotas",
            at: Self.path,
            [
                "<p>\(HTML.badge(status.ok ? "coordinated" : "not coordinated", status.ok ? .good : .bad)) <small>\(HTML.escaped(status.detail))</small></p>",
                HTML.filter(
                    Self.path,
                    [
                        HTML.choice("period", ["current", "last"], asked["period"] ?? ""),
                        HTML.choice("atRisk", ["true"], asked["atRisk"] ?? ""),
                        HTML.input("olt", asked["olt"] ?? ""),
                    ]
                ), Self.table(page.items.map(QuotaShape.init), withOLT: true),
                page.next.map { HTML.link(Pager.address(Self.path, asked, cursor: $0), "more") } ?? "",
            ]
        )
    }

    static func table(_ quotas: [QuotaShape], withOLT: Bool) -> String {
        let rows = quotas.map { quota -> [String] in
            var cells: [String] = []
            if withOLT { cells += [HTML.anchor(OLTPage.address(quota.oltId), quota.olt), HTML.time(quota.periodStart)] }
            cells.append(HTML.escaped(quota.operation))
            cells.append(HTML.bar(quota.completion, "\(quota.completed) of \(quota.required)", tone(quota)))
            cells += ["\(quota.failed)", "\(quota.skipped)", HTML.badge(quota.status, tone(ofStatus: quota.status))]
            cells.append(quota.risk.map { HTML.badge("at risk", .warn) + " <small>\(HTML.escaped($0))</small>" } ?? "")
            return cells
        }
        let head = (withOLT ? ["OLT", "period from"] : []) + ["operation", "done", "failed", "skipped", "status", "risk"]
        return HTML.grid(head, rows, empty: "no quotas")
    }

    private static func tone(_ quota: QuotaShape) -> HTML.Tone {
        switch quota.status {
        case "COMPLETED": .good
        case "QUOTA_NOT_MET": .bad
        case "INTERRUPTED": .calm
        default: quota.risk == nil ? .good : .warn
        }
    }

    private static func tone(ofStatus status: String) -> HTML.Tone {
        switch status {
        case "COMPLETED": .good
        case "QUOTA_NOT_MET": .bad
        default: .calm
        }
    }

    // MARK: Violations

    private func violations(_ request: Request) async throws -> String {
        let query = try Query(request, allowed: CoordinationWords.ofViolations)
        let asked = CoordinationWords.asked(query, CoordinationWords.ofViolations)
        let page = try await coordination.violations(try await words.violations(query))
        return HTML.page(
            "Violations",
            at: ViolationPage.path,
            [
                HTML.filter(
                    ViolationPage.path,
                    [
                        HTML.choice("severity", QuotaViolation.Severity.allCases.reversed().map(\.rawValue), asked["severity"] ?? ""),
                        HTML.input("since", asked["since"] ?? ""), HTML.input("olt", asked["olt"] ?? ""),
                    ]
                ), ViolationPage.table(page.items.map(ViolationShape.init)),
                page.next.map { HTML.link(Pager.address(ViolationPage.path, asked, cursor: $0), "older ones") } ?? "",
            ]
        )
    }
}

/// What is shown of violations.
enum ViolationPage {
    static let path = "/violations"

    static func table(_ violations: [ViolationShape]) -> String {
        let rows = violations.map { violation -> [String] in
            let told = violation.notifiedAt.map { HTML.time($0) } ?? "not yet"
            return [
                HTML.anchor("\(path)/\(violation.id)", "\(violation.id)"), HTML.badge(violation.severity, tone(violation.severity)),
                HTML.anchor(OLTPage.address(violation.oltId), violation.olt), HTML.time(violation.periodStart),
                completion(violation.completion), HTML.escaped(violation.causes.joined(separator: ", ")), told,
            ]
        }
        return HTML.grid(["violation", "severity", "OLT", "period from", "completed", "causes", "told"], rows, empty: "none")
    }

    static func one(_ violation: ViolationShape) -> String {
        let causes = violation.causes.isEmpty ? "none is proven" : violation.causes.joined(separator: ", ")
        var facts: [(String, String)] = []
        facts.append(("severity", HTML.badge(violation.severity, tone(violation.severity))))
        facts.append(("OLT", HTML.anchor(OLTPage.address(violation.oltId), violation.olt)))
        facts.append(("period", HTML.time(violation.periodStart) + " to " + HTML.time(violation.periodEnd)))
        facts.append(("completed", completion(violation.completion)))
        facts.append(("causes", HTML.escaped(causes)))
        facts.append(("told", violation.notifiedAt.map { HTML.time($0) } ?? "not yet"))
        let items = facts.map { "<div><dt>\(HTML.escaped($0.0))</dt><dd>\($0.1)</dd></div>" }
        var parts = [HTML.link(path, "all violations"), "<dl class=\"facts\">\(items.joined())</dl>"]
        if case .list(let operations)? = violation.report["operations"] {
            let columns = ["operation", "required", "completed", "failed", "skipped", "missed", "completion", "status", "lastError"]
            let rows = operations.map { operation in columns.map { text(operation, $0) } }
            parts.append(HTML.section("Operations", HTML.table(columns, rows, empty: "none")))
        }
        let rest = violation.report.filter { $0.key != "operations" }
        parts.append(HTML.section("Report", HTML.text(JSONText.pretty(rest))))
        return HTML.page("Violation \(violation.id)", at: path, live: false, parts)
    }

    private static func completion(_ part: Double) -> String { "\((part * 1000).rounded() / 10) %" }

    private static func text(_ operation: JSONValue, _ field: String) -> String {
        guard case .object(let fields) = operation, let value = fields[field] else { return "" }
        return switch value {
        case .text(let text): text
        case .number(let number): number.rounded() == number ? "\(Int64(number))" : "\(number)"
        case .bool(let bool): "\(bool)"
        case .null, .list, .object: ""
        }
    }

    private static func tone(_ severity: String) -> HTML.Tone {
        switch severity {
        case "CRITICAL": .worst
        case "HIGH": .bad
        case "MEDIUM": .warn
        default: .calm
        }
    }
}
