/// A span of time for which quotas are counted; whole ones begin at multiples of their length since 1970 UTC, so an hour at the full hour.
package struct Period: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// 10 s to a day.
    package static let lengthAllowed: ClosedRange<Duration> = .seconds(10) ... .seconds(86_400)

    package let start: Timestamp
    package let end: Timestamp

    package init(start: Timestamp, end: Timestamp) {
        self.start = start
        self.end = end
    }

    /// The whole period of that length which holds `time`.
    package init(containing time: Timestamp, length: Duration) {
        let span = length.microseconds
        let (whole, rest) = time.microseconds.quotientAndRemainder(dividingBy: span)
        let number = rest < 0 ? whole - 1 : whole
        self.init(start: Timestamp(microseconds: number * span), end: Timestamp(microseconds: (number + 1) * span))
    }

    package var length: Duration { end - start }

    package func contains(_ time: Timestamp) -> Bool { start <= time && time < end }

    package static func < (left: Period, right: Period) -> Bool { left.start < right.start }

    package var description: String { "\(start)/\(end)" }
}

extension Cadence {
    /// The times at which an operation is due within `range`, in order.
    ///
    /// `length`: of a whole period; `phase`: how far into its own interval an operation is due, of 65,536.
    package func times(in range: Range<Timestamp>, length: Duration, phase: UInt16) -> [Timestamp] {
        var times: [Timestamp] = []
        forEachTime(in: range, length: length, phase: phase) { times.append($0) }
        return times
    }

    /// How often it is due within `range`.
    package func count(in range: Range<Timestamp>, length: Duration, phase: UInt16) -> Int {
        var count = 0
        forEachTime(in: range, length: length, phase: phase) { _ in count += 1 }
        return count
    }

    private func forEachTime(in range: Range<Timestamp>, length: Duration, phase: UInt16, _ body: (Timestamp) -> Void) {
        let lower = range.lowerBound.microseconds
        let upper = range.upperBound.microseconds
        guard lower < upper else { return }
        switch self {
        case .perPeriod(let times):
            // Within each whole period i * length / times, so that exactly `times` of them lie in it whatever the rounding.
            let span = length.microseconds
            var base = Period(containing: range.lowerBound, length: length).start.microseconds
            while base < upper {
                for turn in 0..<Int64(times) {
                    let time = base + (turn * 65_536 + Int64(phase)) * span / (Int64(times) * 65_536)
                    if time >= lower, time < upper { body(Timestamp(microseconds: time)) }
                }
                base += span
            }
        case .every(let span):
            let step = span.microseconds
            let offset = step / 65_536 * Int64(phase)
            var time = (lower - offset + step - 1) / step * step + offset
            while time < upper {
                body(Timestamp(microseconds: time))
                time += step
            }
        }
    }
}
