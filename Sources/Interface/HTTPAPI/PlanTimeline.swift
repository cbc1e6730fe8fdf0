import APIContract
import Domain

/// A period as a picture: a row for each operation, a mark for each slot, a line for now.
///
/// SVG without a script; each mark says in its title what it is.
struct PlanTimeline {
    private static let width = 960.0
    private static let left = 130.0
    private static let right = 16.0
    private static let top = 26.0
    private static let row = 26.0

    let span: PlanShape.Span
    let now: Timestamp

    var svg: String {
        guard let start = Timestamp(span.start), let end = Timestamp(span.end), start < end else { return "" }
        var operations: [String] = []
        for slot in span.slots where !operations.contains(slot.operation) { operations.append(slot.operation) }
        let known = OperationType.all.sorted().map(\.word)
        operations.sort { (known.firstIndex(of: $0) ?? .max) < (known.firstIndex(of: $1) ?? .max) }
        guard !operations.isEmpty else { return "<p class=\"empty\">nothing is planned in this period</p>" }
        let height = Self.top + Self.row * Double(operations.count) + 8
        func place(_ time: Timestamp) -> Double {
            let part = Double((time - start).microseconds) / Double((end - start).microseconds)
            return Self.left + (Self.width - Self.left - Self.right) * min(max(part, 0), 1)
        }
        var parts: [String] = []
        for tick in 0...6 {
            let time = start + .microseconds((end - start).microseconds * Int64(tick) / 6)
            let x = Self.text(place(time))
            parts.append("<line class=\"rule\" x1=\"\(x)\" y1=\"18\" x2=\"\(x)\" y2=\"\(Self.text(height - 4))\"/>")
            let anchor = tick == 0 ? "start" : tick == 6 ? "end" : "middle"
            parts.append("<text class=\"soft\" x=\"\(x)\" y=\"13\" text-anchor=\"\(anchor)\">\(Self.clock(time))</text>")
        }
        for (index, operation) in operations.enumerated() {
            let y = Self.top + Self.row * Double(index) + Self.row / 2
            parts.append("<text x=\"8\" y=\"\(Self.text(y + 4))\">\(HTML.escaped(operation))</text>")
            for slot in span.slots where slot.operation == operation {
                guard let at = Timestamp(slot.at) else { continue }
                parts.append(mark(slot, x: place(at), y: y, place: place))
            }
        }
        if start <= now, now < end {
            let x = Self.text(place(now))
            parts.append("<line class=\"now\" x1=\"\(x)\" y1=\"16\" x2=\"\(x)\" y2=\"\(Self.text(height - 4))\"><title>now</title></line>")
        }
        let words = "Plan from \(span.start) to \(span.end)"
        return """
            <div class="wide"><svg viewBox="0 0 \(Self.text(Self.width)) \(Self.text(height))" role="img" aria-label="\(HTML.escaped(words))">
            \(parts.joined(separator: "\n"))
            </svg></div>
            """
    }

    private func mark(_ slot: PlanShape.Slot, x: Double, y: Double, place: (Timestamp) -> Double) -> String {
        var words = "\(slot.operation) at \(slot.at): \(slot.state), expected \(slot.predictedSeconds) s"
        var ran = ""
        if let from = slot.startedAt.flatMap({ Timestamp($0) }), let until = slot.finishedAt.flatMap({ Timestamp($0) }) {
            words += ", took \(Double((until - from).milliseconds) / 1000) s"
            let (begin, end) = (place(from), place(until))
            ran =
                "<rect class=\"\(Self.tone(slot.state)) ran\" x=\"\(Self.text(begin))\" y=\"\(Self.text(y - 8))\" "
                + "width=\"\(Self.text(max(1, end - begin)))\" height=\"16\"/>"
        }
        let circle = "<circle class=\"\(Self.tone(slot.state))\" cx=\"\(Self.text(x))\" cy=\"\(Self.text(y))\" r=\"5\">"
        return ran + circle + "<title>\(HTML.escaped(words))</title></circle>"
    }

    /// Only words of ours become classes.
    private static func tone(_ state: String) -> String {
        ["planned", "held", "running", "completed", "failed", "missed", "cancelled"].contains(state) ? state : "planned"
    }

    private static func clock(_ time: Timestamp) -> String { String(time.description.dropFirst(11).prefix(8)) }

    private static func text(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    /// What the marks mean.
    static let legend: String = {
        let states = [
            ("planned", "planned"), ("held", "held"), ("running", "under way"), ("completed", "done"), ("failed", "failed"),
            ("missed", "missed"),
            ("cancelled", "cancelled"),
        ]
        let items = states.enumerated().map { index, state in
            let x = 8 + index * 92
            return
                "<circle class=\"\(state.0)\" cx=\"\(x)\" cy=\"10\" r=\"5\"/><text class=\"soft\" x=\"\(x + 10)\" y=\"14\">\(state.1)</text>"
        }
        return "<svg class=\"legend\" viewBox=\"0 0 960 20\" style=\"border:0;background:none;min-width:0\">\(items.joined())</svg>"
    }()
}
