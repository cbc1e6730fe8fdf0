import APIContract
import Domain
import Hummingbird
import Orchestration

/// `/olts/ID/plan`, `/quotas`, `/violations`, `/logs/coordinator`, `/coordinator`.
struct CoordinationRoutes {
    let desk: ControlDesk
    let coordination: CoordinationDesk

    private var words: CoordinationWords { CoordinationWords(desk: desk, coordination: coordination) }

    func add(to router: Router<APIContext>) {
        router.get(RouterPath(APIPath.olts + "/:id/plan")) { _, context in try await plan(context.parameters.get("id") ?? "") }
        router.get(RouterPath(APIPath.quotas)) { request, _ in try await quotas(request) }
        router.get(RouterPath(APIPath.violations)) { request, _ in try await violations(request) }
        router.get(RouterPath(APIPath.violations + "/:id")) { _, context in
            try await Answer.json(ViolationShape(words.violation(context.parameters.get("id") ?? "")))
        }
        router.get(RouterPath(APIPath.coordinatorLog)) { request, _ in try await log(request) }
        router.get(RouterPath(APIPath.coordinator)) { _, _ in try Answer.json(try await words.status()) }
    }

    private func plan(_ name: String) async throws -> Response {
        try Answer.json(try await words.plan(name))
    }

    private func quotas(_ request: Request) async throws -> Response {
        let page = try await coordination.quotas(try await words.quotas(try Query(request, allowed: CoordinationWords.ofQuotas)))
        return try Answer.json(Listing(items: page.items.map(QuotaShape.init), next: page.next, total: page.total))
    }

    private func violations(_ request: Request) async throws -> Response {
        let filter = try await words.violations(try Query(request, allowed: CoordinationWords.ofViolations))
        let page = try await coordination.violations(filter)
        return try Answer.json(Listing(items: page.items.map(ViolationShape.init), next: page.next, total: page.total))
    }

    private func log(_ request: Request) async throws -> Response {
        let page = try await coordination.events(try await words.events(try Query(request, allowed: CoordinationWords.ofLog)))
        return try Answer.json(Listing(items: page.items.map(CoordinatorLogShape.init), next: page.next, total: page.total))
    }
}

/// Query parameters and paths about the coordinator, for API and pages.
struct CoordinationWords {
    static let ofQuotas = ["atRisk", "period", "olt", "limit", "cursor"]
    static let ofViolations = ["severity", "since", "olt", "limit", "cursor"]
    static let ofLog = ["olt", "level", "type", "text", "after", "limit", "cursor"]
    /// Instead of an OLT: what concerns all.
    static let global = "GLOBAL"

    let desk: ControlDesk
    let coordination: CoordinationDesk

    func plan(_ name: String) async throws -> PlanShape {
        guard let summary = try await desk.olt(name) else { throw Problem.noOLT(name) }
        let (book, runs, heads) = try await coordination.plan(of: summary.olt.id)
        return PlanShape(summary, book: book, runs: runs, heads: heads, now: coordination.now)
    }

    func status() async throws -> CoordinatorStatusShape {
        let (leader, tick) = try await coordination.status()
        return CoordinatorStatusShape(leader: leader, tick: tick, lateAfter: coordination.lateAfter, now: coordination.now)
    }

    /// Who coordinates, for whoever asks whether this process is ready; it is, whoever leads.
    func health() async -> [HealthShape.Part] {
        do {
            let status = try await status()
            return [HealthShape.Part(name: "coordinator", ok: status.ok, detail: status.detail)]
        } catch {
            return [HealthShape.Part(name: "coordinator", ok: false, detail: "\(error)")]
        }
    }

    func violation(_ text: String) async throws -> ViolationRow {
        guard let id = Int64(text), let row = try await coordination.violation(id) else {
            throw Problem(
                status: 404,
                code: "not_found",
                title: "No such violation",
                detail: "there is no violation \"\(text.prefix(40))\"",
                field: "id",
                allowed: "an id of `flotilla violations`"
            )
        }
        return row
    }

    // MARK: Filters

    func quotas(_ query: Query) async throws -> QuotaFilter {
        var filter = QuotaFilter()
        filter.isAtRisk = try query.word("atRisk", allowed: "true, false") { Bool($0) } ?? false
        filter.period = try query.word("period", allowed: "current, last, or a time such as 2026-01-31T12:00:00Z", period) ?? nil
        filter.olt = try await olt(query)
        filter.limit = try query.limit()
        filter.cursor = query.text("cursor")
        return filter
    }

    /// `nil` for words without meaning; the inner `nil` is the current one.
    private func period(_ text: String) -> Timestamp?? {
        switch text {
        case "current": .some(nil)
        case "last":
            Period(
                containing: Period(containing: coordination.now, length: coordination.period).start - .seconds(1),
                length: coordination.period
            )
            .start
        default: Timestamp(text).map { .some(Period(containing: $0, length: coordination.period).start) }
        }
    }

    func violations(_ query: Query) async throws -> ViolationFilter {
        var filter = ViolationFilter()
        let allowed = QuotaViolation.Severity.allCases.map(\.rawValue).joined(separator: ", ")
        filter.severities =
            try query.word("severity", allowed: allowed + ", several with commas between") { text in
                Self.all(text) { QuotaViolation.Severity(rawValue: $0.uppercased()) }
            } ?? []
        filter.since = try since(query)
        filter.olt = try await olt(query)
        filter.limit = try query.limit()
        filter.cursor = try query.cursor(.number)
        return filter
    }

    func events(_ query: Query) async throws -> CoordinatorEventFilter {
        var filter = CoordinatorEventFilter()
        filter.isGlobal = query.text("olt") == Self.global
        if !filter.isGlobal { filter.olt = try await olt(query) }
        let levels = CoordinatorEvent.Level.allCases.map(\.word).joined(separator: ", ")
        filter.level =
            try query.word("level", allowed: levels + "; it and what is worse") { text in
                CoordinatorEvent.Level.allCases.first { $0.word == text.uppercased() }
            } ?? .debug
        filter.kinds =
            try query.word("type", allowed: CoordinatorEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")) { text in
                Self.all(text) { CoordinatorEvent.Kind(rawValue: $0.uppercased()) }
            } ?? []
        filter.text = query.text("text")
        filter.after = try query.word("after", allowed: "the id of a line") { Int64($0) }
        filter.limit = try query.limit()
        filter.cursor = try query.cursor(.number)
        return filter
    }

    private static func all<Word>(_ text: String, _ read: (String) -> Word?) -> [Word]? {
        let words = text.split(separator: ",").map { read(String($0)) }
        return words.contains { $0 == nil } ? nil : words.compactMap(\.self)
    }

    private func since(_ query: Query) throws(Problem) -> Timestamp? {
        try query.word("since", allowed: "a span such as 24h, or a time such as 2026-01-31T12:00:00Z") { text in
            SpanText.read(text).map { coordination.now - $0 } ?? Timestamp(text)
        }
    }

    private func olt(_ query: Query) async throws -> OLTID? {
        guard let name = query.text("olt") else { return nil }
        guard let summary = try await desk.olt(name) else { throw Problem.noOLT(name) }
        return summary.olt.id
    }
}
