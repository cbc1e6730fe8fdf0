/// Spans as people write them: `500ms`, `30s`, `5m`, `1h`; a number alone is refused, for nobody knows its unit.
package enum SpanText {
    package static let allowed = "a number with ms, s, m or h, such as 30s"

    package static func read(_ text: String) -> Duration? {
        let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        for (unit, milliseconds) in units where text.hasSuffix(unit) {
            guard let count = Double(text.dropLast(unit.count)), count >= 0, count.isFinite, count < 1e9 else { continue }
            return .milliseconds(Int64((count * Double(milliseconds)).rounded()))
        }
        return nil
    }
}
