import APIContract
import Domain
import Foundation
import Hummingbird
import Orchestration

/// The page `/log`: what the coordinator decided, filtered.
struct CoordinatorLogPage {
    static let path = "/log"

    let desk: ControlDesk
    let coordination: CoordinationDesk

    func add(to router: Router<APIContext>) {
        router.get(RouterPath(Self.path)) { request, _ in LivePage.answer(try await list(request)) }
    }

    private func list(_ request: Request) async throws -> String {
        let query = try Query(request, allowed: CoordinationWords.ofLog)
        let asked = CoordinationWords.asked(query, CoordinationWords.ofLog)
        let words = CoordinationWords(desk: desk, coordination: coordination)
        let page = try await coordination.events(try await words.events(query))
        return HTML.page(
            "Log of the coordinator",
            at: Self.path,
            [
                HTML.filter(
                    Self.path,
                    [
                        HTML.choice("level", CoordinatorEvent.Level.allCases.map(\.word), asked["level"] ?? ""),
                        HTML.choice("type", CoordinatorEvent.Kind.allCases.map(\.rawValue), asked["type"] ?? ""),
                        HTML.input("olt", asked["olt"] ?? ""), HTML.input("text", asked["text"] ?? ""),
                    ]
                ), "<p class=\"empty\">\(CoordinationWords.global) as olt: what concerns all</p>",
                Self.table(page.items.map(CoordinatorLogShape.init)),
                page.next.map { HTML.link(Pager.address(Self.path, asked, cursor: $0), "older ones") } ?? "",
            ]
        )
    }

    static func table(_ events: [CoordinatorLogShape], withOLT: Bool = true) -> String {
        let rows = events.map { event -> [String] in
            var cells = [HTML.time(event.at), HTML.badge(event.level, tone(event.level)), HTML.escaped(event.type)]
            if withOLT { cells.append(olt(event)) }
            cells.append(HTML.escaped(event.message))
            let details = HTML.escaped(JSONText.pretty(event.details))
            cells.append(event.details.isEmpty ? "" : "<details><summary>details</summary><pre>\(details)</pre></details>")
            return cells
        }
        return HTML.grid(["time", "level", "type"] + (withOLT ? ["OLT"] : []) + ["message", ""], rows, empty: "no line fits")
    }

    private static func olt(_ event: CoordinatorLogShape) -> String {
        guard let name = event.olt, let id = event.oltId else { return HTML.escaped(event.olt ?? CoordinationWords.global) }
        return HTML.anchor(OLTPage.address(id), name)
    }

    private static func tone(_ level: String) -> HTML.Tone {
        switch level {
        case "CRITICAL": .worst
        case "ERROR": .bad
        case "WARNING": .warn
        case "INFO": .good
        default: .calm
        }
    }
}

/// JSON for people.
enum JSONText {
    static func pretty(_ value: [String: JSONValue]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

extension CoordinationWords {
    /// What stands in the address, to be shown in the fields again.
    static func asked(_ query: Query, _ names: [String]) -> [String: String] {
        names.filter { $0 != "cursor" }.reduce(into: [:]) { $0[$1] = query.text($1) }
    }
}
