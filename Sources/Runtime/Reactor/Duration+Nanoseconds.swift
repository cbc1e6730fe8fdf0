extension Duration {
    /// Whole nanoseconds, rounded up; negative spans are zero.
    package var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return UInt64.max / 4 }
        return min(product &+ UInt64(attoseconds + 999_999_999) / 1_000_000_000, UInt64.max / 4)
    }
}
