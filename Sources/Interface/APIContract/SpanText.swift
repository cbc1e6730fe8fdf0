import Domain

/// Spans as people write them: `500ms`, `30s`, `5m`, `1h`; a number alone is refused, for nobody knows its unit.
package enum SpanText {
    package static let allowed = "a number with ms, s, m or h, such as 30s"

    /// In the largest unit that says it in whole numbers.
    package static func write(_ span: Duration) -> String {
        let units: [(String, Int64)] = [("h", 3_600_000), ("m", 60_000), ("s", 1000)]
        let milliseconds = span.milliseconds
        for (unit, size) in units where milliseconds >= size && milliseconds % size == 0 { return "\(milliseconds / size)\(unit)" }
        return milliseconds == 0 ? "0s" : "\(milliseconds)ms"
    }

    package static func read(_ text: String) -> Duration? {
        let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        for (unit, milliseconds) in units where text.hasSuffix(unit) {
            guard let count = Double(text.dropLast(unit.count)), count >= 0, count.isFinite, count < 1e9 else { continue }
            return .milliseconds(Int64((count * Double(milliseconds)).rounded()))
        }
        return nil
    }
}
