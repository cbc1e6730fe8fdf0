/// How often a figure fell below which bound.
package struct Histogram: Hashable, Sendable {
    /// Upper bounds, each included, growing.
    package let bounds: [Double]
    /// Per bound what fell above the one before it; what lies above the last bound is counted in `count` alone.
    package private(set) var counts: [Int]
    package private(set) var count = 0
    package private(set) var sum = 0.0

    package init(_ bounds: [Double]) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds grow")
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count)
    }

    package mutating func note(_ value: Double) {
        count += 1
        sum += value
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        if low < bounds.count { counts[low] += 1 }
    }
}

extension Histogram {
    /// Seconds of waiting and running: 1 ms to 10 min.
    package static let seconds = Histogram([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600])
    /// Things in one batch.
    package static let batch = Histogram([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024])
}

/// One histogram per label value.
package struct HistogramTable: Sendable {
    /// Label values beyond are counted together as `other`: the page stays small whatever comes in.
    private static let labelsMax = 64

    private let empty: Histogram
    private var histograms: [String: Histogram] = [:]

    package init(_ empty: Histogram) {
        self.empty = empty
    }

    package mutating func note(_ value: Double, for label: String) {
        let label = histograms[label] == nil && histograms.count >= Self.labelsMax ? "other" : label
        histograms[label, default: empty].note(value)
    }

    /// By label value.
    package var rows: [(labels: [String], histogram: Histogram)] {
        histograms.sorted { $0.key < $1.key }.map { ([$0.key], $0.value) }
    }
}
