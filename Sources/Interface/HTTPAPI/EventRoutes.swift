import APIContract
import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import Orchestration
import Wire

/// `/events`: what happens, as server-sent events.
///
/// Source: WHATWG HTML, "Server-sent events".
struct EventRoutes {
    /// A comment goes out when nothing happened for so long.
    private static let heartbeat = Duration.seconds(15)

    let desk: ControlDesk

    func add(to router: Router<APIContext>) {
        router.get(RouterPath(APIPath.events)) { request, _ in try answer(request) }
    }

    private func answer(_ request: Request) throws -> Response {
        let query = try Query(request, allowed: ["types"])
        let filter = try Self.filter(query.text("types"))
        let last = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }
        let listener: EventListener
        do throws(EventAnnouncer.Refusal) {
            listener = try desk.announcer.listen(filter, after: last)
        } catch {
            throw Problem(error)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { @concurrent writer in
                defer { listener.leave() }
                try await Self.write(listener, &writer)
                try await writer.finish(nil)
            }
        )
    }

    @concurrent
    private static func write(_ listener: EventListener, _ writer: inout any ResponseBodyWriter) async throws {
        // A client that breaks off before the first event goes on from here, too.
        try await write("retry: 2000\nid: \(listener.place)\n\n", &writer)
        while true {
            switch await listener.next(within: heartbeat) {
            case .events(let entries):
                try await write(entries.map(Self.text).joined(), &writer)
            case .reset(let resumed):
                try await write(text(id: resumed, type: "reset", data: resetFacts), &writer)
            case .quiet:
                try await write(": quiet\n\n", &writer)
            case .fellBehind:
                // Its last id is still right: it comes back and is told that something is missing.
                return try await write(": too slow\n\n", &writer)
            case .closed:
                return
            }
        }
    }

    /// A reader that takes none of it is cut loose by the connection's own limit.
    @concurrent
    private static func write(_ text: String, _ writer: inout any ResponseBodyWriter) async throws {
        try await writer.write(ByteBuffer(string: text))
    }

    private static let resetFacts: Payload = [
        "type": "reset", "detail": "events before this one may be missing; read what matters again",
    ]

    private static func text(_ entry: EventRing.Entry) -> String {
        text(id: entry.id, type: entry.event.type, data: entry.event.facts)
    }

    /// One event; JSON has no line ends of its own.
    private static func text(id: EventID, type: String, data: Payload) -> String {
        "id: \(id)\nevent: \(type)\ndata: \(PayloadJSON.encode(data))\n\n"
    }

    private static func filter(_ text: String?) throws(Problem) -> EventFilter {
        let words = (text ?? "").split(separator: ",").map(String.init)
        for word in words
        where !EventFilter.families.contains(where: { word == $0 || $0.hasPrefix(word + ".") || word.hasPrefix($0 + ".") }) {
            throw Problem(
                status: 400,
                code: "invalid_value",
                title: "Invalid query parameter",
                detail: "no event's type begins with \"\(word)\"",
                field: "types",
                allowed: EventFilter.families.joined(separator: ", ") + ", each with .<kind> behind it for a task, or only the first word"
            )
        }
        return EventFilter(prefixes: words)
    }
}

extension Problem {
    fileprivate init(_ refusal: EventAnnouncer.Refusal) {
        switch refusal {
        case .tooMany(let allowed):
            self.init(
                status: 503,
                code: "too_many_streams",
                title: "Too many streams",
                detail: "\(allowed) streams of events are open",
                allowed: "at most \(allowed); for more listeners bind queues to the exchange flotilla.events"
            )
        case .stopping:
            self.init(status: 503, code: "stopping", title: "The orchestrator is stopping", detail: "listen to another one, or later")
        }
    }
}
