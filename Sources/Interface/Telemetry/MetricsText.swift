/// Writes figures in the text format of Prometheus, version 0.0.4.
///
/// Each family is written once, whole: its help, its type, then its samples.
package struct MetricsText: Sendable {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var text = ""
    private var written: Set<String> = []

    package init() {}

    /// A family with one sample without labels; without a value only the family is named.
    package mutating func add(_ metric: Metric, _ value: Double?) {
        add(metric, samples: value.map { [([], $0)] } ?? [])
    }

    package mutating func add(_ metric: Metric, _ value: Int) {
        add(metric, Double(value))
    }

    /// A family with one sample per set of label values, which stand in the order of the metric's labels.
    package mutating func add(_ metric: Metric, samples: [(labels: [String], value: Double)]) {
        precondition(metric.kind != .histogram, "a histogram is more than one number: \(metric.name)")
        begin(metric)
        for sample in samples { line(metric.name, metric.labels, sample.labels, sample.value) }
    }

    package mutating func add(_ metric: Metric, histograms: [(labels: [String], histogram: Histogram)]) {
        precondition(metric.kind == .histogram, "\(metric.name) is no histogram")
        begin(metric)
        for (labels, histogram) in histograms {
            var sum = 0
            for (bound, count) in zip(histogram.bounds, histogram.counts) {
                sum += count
                line(metric.name + "_bucket", metric.labels + ["le"], labels + [Self.number(bound)], Double(sum))
            }
            line(metric.name + "_bucket", metric.labels + ["le"], labels + ["+Inf"], Double(histogram.count))
            line(metric.name + "_sum", metric.labels, labels, histogram.sum)
            line(metric.name + "_count", metric.labels, labels, Double(histogram.count))
        }
    }

    private mutating func begin(_ metric: Metric) {
        precondition(written.insert(metric.name).inserted, "a family is written once: \(metric.name)")
        text += "# HELP \(metric.name) \(Self.escaped(metric.help, quotes: false))\n# TYPE \(metric.name) \(metric.kind.rawValue)\n"
    }

    private mutating func line(_ name: String, _ labels: [String], _ values: [String], _ value: Double) {
        precondition(labels.count == values.count, "\(name) has the labels \(labels), not \(values)")
        text += name
        if !labels.isEmpty {
            let pairs = zip(labels, values).map { "\($0)=\"\(Self.escaped($1, quotes: true))\"" }
            text += "{" + pairs.joined(separator: ",") + "}"
        }
        text += " " + Self.number(value) + "\n"
    }

    /// Whole numbers without a point; what is no number as Prometheus spells it.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value.rounded() == value && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += #"\\"#
            case "\n": escaped += #"\n"#
            case "\"" where quotes: escaped += #"\""#
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
