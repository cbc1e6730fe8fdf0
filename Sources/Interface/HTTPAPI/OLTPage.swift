import APIContract
import Domain
import Foundation
import Hummingbird
import Orchestration

/// The pages `/olts` and `/olts/ID`.
struct OLTPage {
    static let path = "/olts"

    let desk: ControlDesk
    let coordination: CoordinationDesk?
    let profiles: [String]

    func add(to router: Router<APIContext>) {
        router.get(RouterPath(Self.path)) { request, _ in LivePage.answer(try await list(request)) }
        router.get(RouterPath(Self.path + "/:id")) { _, context in LivePage.answer(try await one(context.parameters.get("id") ?? "")) }
    }

    static func address(_ id: Int64) -> String { "\(path)/\(id)" }

    // MARK: All

    private func list(_ request: Request) async throws -> String {
        let query = try Query(request, allowed: OLTQuery.names + ["limit", "cursor"])
        var filter = try OLTQuery.filter(query)
        filter.limit = try query.limit()
        filter.cursor = try query.cursor(.numberAndText)
        let page = try await desk.olts(filter)
        let operations = try await desk.operations(of: page.items.map(\.olt.id))
        let rows = page.items.map { OLTShape($0, operations: operations[$0.olt.id] ?? []) }.map(row)
        let asked = OLTQuery.names.reduce(into: [String: String]()) { $0[$1] = query.text($1) }
        var counts: [String] = ["\(page.total ?? 0) fit"]
        for (word, change) in [
            ("disabled", { (filter: inout OLTFilter) in filter.isEnabled = false }), ("silent", { $0.reach = .no }),
            ("never asked", { $0.reach = .unknown }),
        ] {
            var part = filter
            part.limit = 1
            part.cursor = nil
            change(&part)
            counts.append("\(try await desk.olts(part).total ?? 0) \(word)")
        }
        return HTML.page(
            "OLTs",
            at: Self.path,
            [
                HTML.filter(
                    Self.path,
                    [
                        HTML.input("text", asked["text"] ?? ""), HTML.choice("profile", profiles.sorted(), asked["profile"] ?? ""),
                        HTML.choice("enabled", ["true", "false"], asked["enabled"] ?? ""),
                        HTML.choice("reachable", OLTFilter.Reach.allCases.map(\.rawValue), asked["reachable"] ?? ""),
                        HTML.input("label", asked["label"] ?? ""),
                    ]
                ),
                "<p class=\"empty\">\(HTML.escaped(counts.joined(separator: " · ")))</p>",
                HTML.grid(
                    ["OLT", "address", "profile", "state", "ONUs", "asked for", "labels", "last seen"],
                    rows,
                    empty: "none: enter one with `flotilla olt add NAME ADDRESS --operation discovery=4/h`"
                ), page.next.map { HTML.link(Pager.address(Self.path, asked, cursor: $0), "more") } ?? "",
            ]
        )
    }

    private func row(_ olt: OLTShape) -> [String] {
        let profile = olt.foundProfile.map { $0 == olt.profile ? $0 : "\(olt.profile): \($0)" } ?? olt.profile
        let asked = olt.operations.map { "\($0.type) \($0.enabled ? $0.cadence : "off")" }.joined(separator: ", ")
        let labels = olt.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        return [
            HTML.anchor(Self.address(olt.id), olt.name), HTML.escaped(olt.address), HTML.escaped(profile), Self.state(olt),
            "\(olt.onus.online)\u{A0}of\u{A0}\(olt.onus.total)", HTML.escaped(asked), HTML.escaped(labels), HTML.time(olt.lastSeenAt),
        ]
    }

    private static func state(_ olt: OLTShape) -> String {
        guard olt.enabled else { return HTML.badge("disabled", .calm) }
        return switch olt.reachable {
        case true?: HTML.badge("answers", .good)
        case false?: HTML.badge("silent", .bad)
        case nil: HTML.badge("never asked", .calm)
        }
    }

    // MARK: One

    private func one(_ name: String) async throws -> String {
        guard let summary = try await desk.olt(name) else { throw Problem.noOLT(name) }
        let id = summary.olt.id
        let olt = OLTShape(summary, operations: try await desk.operations(of: [id])[id] ?? [])
        var parts = [facts(olt), HTML.section("Asked on a schedule", operations(olt))]
        if let coordination { parts += try await plan(summary, coordination) }
        let ports = try await desk.ports(of: id)
        if !ports.isEmpty {
            let rows = ports.map { port -> [String] in
                [port.port, "\(port.total)", "\(port.online)", port.counted.map { "\($0)" } ?? "unknown"]
            }
            parts.append(HTML.section("Ports", HTML.table(["port", "ONUs", "online", "counted by the OLT"], rows, empty: "")))
        }
        parts.append(HTML.section("ONUs (the first 50)", try await onus(id)))
        return HTML.page(olt.name, at: Self.path, parts)
    }

    private func facts(_ olt: OLTShape) -> String {
        let profile = olt.foundProfile.map { $0 == olt.profile ? $0 : "\(olt.profile), found \($0)" } ?? olt.profile
        var facts: [(String, String)] = []
        facts.append(("state", Self.state(olt)))
        facts.append(("address", HTML.escaped(olt.address)))
        facts.append(("SNMP", HTML.escaped(olt.snmpVersion)))
        facts.append(("profile", HTML.escaped(profile)))
        facts.append(("last seen", HTML.time(olt.lastSeenAt)))
        facts.append(("ONUs", "\(olt.onus.online) of \(olt.onus.total) online"))
        facts.append(("limits", "\(olt.limits.pdusPerSecond) requests/s, \(olt.limits.repetitionsMax) rows each"))
        if let vendor = olt.vendor { facts.append(("vendor", HTML.escaped(vendor))) }
        if let model = olt.model { facts.append(("model", HTML.escaped(String(model.prefix(120))))) }
        if let gap = olt.limits.quietGap { facts.append(("quiet gap", HTML.escaped(gap))) }
        for (key, value) in olt.labels.sorted(by: { $0.key < $1.key }) { facts.append((key, HTML.escaped(value))) }
        let items = facts.map { "<div><dt>\(HTML.escaped($0.0))</dt><dd>\($0.1)</dd></div>" }
        return "<dl class=\"facts\">\(items.joined())</dl>"
    }

    private func operations(_ olt: OLTShape) -> String {
        let rows = olt.operations.map { operation in
            [
                HTML.escaped(operation.type), operation.enabled ? HTML.badge("on", .good) : HTML.badge("off", .calm),
                HTML.escaped(operation.cadence), HTML.escaped(operation.timeout ?? "as the kind allows"),
            ]
        }
        return HTML.grid(
            ["operation", "", "often", "timeout"],
            rows,
            empty: "nothing: declare it with `flotilla olt operation set \(olt.name) discovery --per-hour 4`"
        )
    }

    private func onus(_ olt: OLTID) async throws -> String {
        var filter = ONUFilter()
        filter.olt = olt
        filter.limit = 50
        let page = try await desk.onus(filter)
        let rows = page.items.map { onu -> [String] in
            let seen = onu.observation
            let tone: HTML.Tone = seen.runStatus == .online ? .good : seen.runStatus == .offline ? .bad : .calm
            let state = onu.isPresent ? HTML.badge(seen.runStatus?.word ?? "unknown", tone) : HTML.badge("gone", .calm)
            let power = seen.rxOnuDbm.map { "\($0) dBm" } ?? ""
            return [
                HTML.escaped(seen.index), HTML.escaped(seen.serial ?? ""), HTML.escaped(seen.name ?? seen.description ?? ""), state, power,
                HTML.time(onu.lastSeenAt.description),
            ]
        }
        return HTML.grid(["index", "serial", "name", "state", "received", "last seen"], rows, empty: "none was seen yet")
    }

    // MARK: Plan

    private func plan(_ summary: OLTSummary, _ coordination: CoordinationDesk) async throws -> [String] {
        let shape = try await CoordinationWords(desk: desk, coordination: coordination).plan("\(summary.olt.id.value)")
        let now = coordination.now
        var parts: [String] = []
        if let condition = shape.condition, condition.failuresInRow > 0 || condition.suspendedAt != nil {
            let words =
                condition.suspendedAt.map { "suspended since \($0): nothing is asked until a probe is answered" }
                ?? "\(condition.failuresInRow) failures in a row"
            let error = condition.lastError.map { ", last error \($0)" } ?? ""
            parts.append("<p>\(HTML.badge("trouble", .bad)) \(HTML.escaped(words + error))</p>")
        }
        if shape.periods.isEmpty { parts.append(HTML.section("Plan", "<p class=\"empty\">there is no plan yet</p>")) }
        for span in shape.periods {
            let title = "Plan \(span.start.prefix(16).replacing("T", with: " ")) to \(span.end.dropFirst(11).prefix(5)) UTC"
            let status = HTML.badge(span.status, Self.tone(ofPlan: span.status))
            let risk = span.overfull ? " " + HTML.badge("too much for the period", .warn) : ""
            parts.append(
                HTML.section(
                    title,
                    "<p>\(status)\(risk) <small>revision \(span.revision): \(HTML.escaped(span.reason))</small></p>"
                        + PlanTimeline(span: span, now: now).svg + QuotaPage.table(span.quotas, withOLT: false)
                )
            )
        }
        if !shape.periods.isEmpty { parts.append(PlanTimeline.legend) }
        parts.append(HTML.section("Timings", timings(shape.timings)))
        var filter = CoordinatorEventFilter()
        filter.olt = summary.olt.id
        filter.limit = 10
        let events = try await coordination.events(filter).items.map(CoordinatorLogShape.init)
        parts.append(HTML.section("Decisions", CoordinatorLogPage.table(events, withOLT: false)))
        let name = summary.olt.name
        parts.append(HTML.link(Pager.address(CoordinatorLogPage.path, ["olt": name]), "all decisions on \(name)"))
        parts.append(HTML.link(Pager.address(ViolationPage.path, ["olt": name]), "its violations"))
        return parts
    }

    private func timings(_ timings: [PlanShape.Timing]) -> String {
        HTML.table(
            ["operation", "runs", "mean", "nine of ten within", "expected", "error of the prediction", "last day", "last run"],
            timings.map { timing -> [String] in
                let share = timing.successRate.map { " (\(Int(($0 * 100).rounded())) %)" } ?? ""
                let lastDay = "\(timing.succeeded) of \(timing.succeeded + timing.failed)" + share
                let lastRun = timing.lastRunAt.map { String($0.prefix(19).replacing("T", with: " ")) } ?? "never"
                return [
                    timing.operation, "\(timing.runs)", Self.seconds(timing.meanSeconds), Self.seconds(timing.p90Seconds),
                    Self.seconds(timing.predictedSeconds), timing.predictionErrorPercent.map { "\($0) %" } ?? "unknown", lastDay, lastRun,
                ]
            },
            empty: "nothing was run yet"
        )
    }

    private static func seconds(_ value: Double?) -> String {
        guard let value else { return "unknown" }
        return value < 10 ? "\((value * 100).rounded() / 100) s" : "\((value * 10).rounded() / 10) s"
    }

    private static func tone(ofPlan status: String) -> HTML.Tone {
        switch status {
        case "ACTIVE": .good
        case "ABORTED": .bad
        default: .calm
        }
    }
}

/// Addresses of pages with their filters.
enum Pager {
    static func address(_ path: String, _ words: [String: String], cursor: String? = nil) -> String {
        var components = URLComponents()
        components.path = path
        let items = words.sorted { $0.key < $1.key } + (cursor.map { [("cursor", $0)] } ?? [])
        components.queryItems = items.isEmpty ? nil : items.map { URLQueryItem(name: $0.0, value: $0.1) }
        return components.string ?? path
    }
}
