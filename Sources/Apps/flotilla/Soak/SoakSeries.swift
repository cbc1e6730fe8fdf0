/// Measurements of one thing over time, and how fast it grows.
struct SoakSeries: Codable, Sendable {
    struct Point: Codable, Sendable {
        /// Since the load began.
        let minutes: Double
        let value: Double
    }

    private(set) var points: [Point] = []

    mutating func add(_ value: Double, at minutes: Double) { points.append(Point(minutes: minutes, value: value)) }

    var first: Double? { points.first?.value }
    var last: Double? { points.last?.value }
    var most: Double? { points.map(\.value).max() }

    /// Growth per minute by least squares over what was measured from a time on; 0 with fewer than three points.
    func slope(from minutes: Double) -> Double {
        let late = points.filter { $0.minutes >= minutes }
        guard late.count >= 3 else { return 0 }
        let count = Double(late.count)
        let middle = late.reduce(0) { $0 + $1.minutes } / count
        let mean = late.reduce(0) { $0 + $1.value } / count
        let spread = late.reduce(0) { $0 + ($1.minutes - middle) * ($1.minutes - middle) }
        guard spread > 0 else { return 0 }
        return late.reduce(0) { $0 + ($1.minutes - middle) * ($1.value - mean) } / spread
    }
}
