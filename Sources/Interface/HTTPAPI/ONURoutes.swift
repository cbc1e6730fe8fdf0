import APIContract
import Domain
import HTTPTypes
import Hummingbird
import Orchestration

/// `/onus` and what an OLT has below it: list, find, show, readings, events, ports.
struct ONURoutes {
    /// Days of readings in one answer.
    private static let daysMax = 3650

    let desk: ControlDesk
    let optics: OpticsClasses

    func add(to router: Router<APIContext>) {
        router.get(RouterPath(APIPath.onus)) { request, _ in try await list(request) }
        router.get(RouterPath(APIPath.onusFind)) { request, _ in try await find(request) }
        router.get(RouterPath(APIPath.onuEvents)) { request, _ in try await events(request) }
        router.get(RouterPath(APIPath.olts + "/:id/ports")) { _, context in try await ports(context) }
        router.get(RouterPath(APIPath.olts + "/:id/onus/:index")) { _, context in try await show(context) }
        router.get(RouterPath(APIPath.olts + "/:id/onus/:index/readings")) { request, context in try await readings(request, context) }
    }

    private func list(_ request: Request) async throws -> Response {
        let query = try Query(request, allowed: ["olt", "status", "text", "port", "state", "optics", "limit", "cursor"])
        var filter = ONUFilter()
        filter.runStatus = try query.word("status", allowed: RunStatus.allCases.map(\.word).joined(separator: ", ")) { word in
            RunStatus.allCases.first { $0.word == word.lowercased() }
        }
        filter.text = query.text("text")
        filter.port = query.text("port")
        filter.isPresent = try query.word("state", allowed: "present, gone") { ["present": true, "gone": false][$0] }
        filter.rxOnuDbm = try query.word("optics", allowed: OpticsClasses.Grade.allowed) { word in
            OpticsClasses.Grade(rawValue: word).map(optics.range(of:))
        }
        filter.limit = try query.limit()
        filter.cursor = try query.cursor(.numberAndText)
        filter.olt = try await query.text("olt").asyncMap { try await olt($0) }
        let page = try await desk.onus(filter)
        return try Answer.json(Listing(items: page.items.map { ONUShape($0, optics: optics) }, next: page.next, total: page.total))
    }

    private func find(_ request: Request) async throws -> Response {
        let query = try Query(request, allowed: ["q", "limit"])
        let typed = query.text("q") ?? ""
        guard let search = ONUSearch(typed) else {
            throw Problem(
                status: 400,
                code: "invalid_value",
                title: "Search refused",
                detail: "\"\(typed.prefix(64))\" has \(typed.count) characters",
                field: "q",
                allowed: "\(ONUSearch.lengthMin) to \(ONUSearch.lengthMax) characters of a serial, MAC, name, description or index"
            )
        }
        let limit = try query.limit()
        let found = try await desk.findONUs(search, limit: limit + 1)
        let shown = found.prefix(limit).map { ONUShape($0, optics: optics) }
        return try Answer.json(FoundONUs(items: Array(shown), hasMore: found.count > limit))
    }

    private func events(_ request: Request) async throws -> Response {
        let query = try Query(request, allowed: ["olt", "index", "kind", "limit", "cursor"])
        var filter = ONUEventFilter()
        filter.olt = try await query.text("olt").asyncMap { try await olt($0) }
        filter.index = query.text("index")
        filter.kinds =
            try query.word("kind", allowed: ONUEvent.Kind.allowed + "; several with commas") { words in
                let kinds = words.split(separator: ",").map { ONUEvent.Kind(word: String($0)) }
                return kinds.contains(nil) ? nil : kinds.compactMap(\.self)
            } ?? []
        filter.limit = try query.limit()
        filter.cursor = try query.cursor(.number)
        let page = try await desk.onuEvents(filter)
        return try Answer.json(Listing(items: page.items.map(ONUEventShape.init), next: page.next, total: page.total))
    }

    private func ports(_ context: APIContext) async throws -> Response {
        let ports = try await desk.ports(of: try await olt(context.parameters.get("id") ?? ""))
        return try Answer.json(Listing(items: ports.map(PortShape.init), next: nil, total: ports.count))
    }

    private func show(_ context: APIContext) async throws -> Response {
        try Answer.json(ONUShape(try await onu(context), optics: optics))
    }

    private func readings(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = try Query(request, allowed: ["days", "limit"])
        let days = try query.word("days", allowed: "1 to \(Self.daysMax)") {
            Int($0).flatMap { (1...Self.daysMax).contains($0) ? $0 : nil }
        }
        let onu = try await onu(context)
        let readings = try await desk.readings(of: onu, days: days ?? 30, limit: try query.limit())
        let shapes = readings.map { MeasurementShape($0, optics: optics) }
        return try Answer.json(Listing(items: shapes, next: nil, total: nil))
    }

    // MARK: Names in paths

    private func olt(_ name: String) async throws -> OLTID {
        guard let summary = try await desk.olt(name) else { throw Problem.noOLT(name) }
        return summary.olt.id
    }

    private func onu(_ context: APIContext) async throws -> KnownONU {
        let name = context.parameters.get("id") ?? ""
        let index = context.parameters.get("index") ?? ""
        guard let onu = try await desk.onu(try await olt(name), index) else {
            throw Problem(
                status: 404,
                code: "not_found",
                title: "No such ONU",
                detail: "no ONU with the index \"\(index.prefix(128))\" was seen on \(name)",
                field: "index"
            )
        }
        return onu
    }
}

extension String? {
    fileprivate func asyncMap<Value>(_ transform: (String) async throws -> Value) async rethrows -> Value? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
