/// One step forward of a run at a device.
package struct RunStep: Hashable, Sendable {
    /// Rows that came in with this step.
    package let rows: Int
    /// How far the run is now; `nil`: as far as before.
    package let part: RunPart?

    package init(rows: Int, part: RunPart? = nil) {
        self.rows = rows
        self.part = part
    }
}

/// Which part of how many a run works on, such as port 3 of 16.
package struct RunPart: Hashable, Sendable {
    package enum Unit: String, CaseIterable, Hashable, Sendable {
        case port, column, request
    }

    package let unit: Unit
    /// Parts that are done.
    package let done: Int
    /// Never less than `done`.
    package let total: Int

    package init(_ unit: Unit, done: Int, of total: Int) {
        self.unit = unit
        self.done = max(0, done)
        self.total = max(self.done, total)
    }
}

/// How far a run is.
package struct RunProgress: Hashable, Sendable {
    /// Rows read since its start; moves while the work does.
    package var rows = 0
    package var part: RunPart?

    package init(rows: Int = 0, part: RunPart? = nil) {
        self.rows = rows
        self.part = part
    }

    package mutating func move(by step: RunStep) {
        rows += step.rows
        part = step.part ?? part
    }

    /// Rows a second since the start; `nil` in the first tenth of a second.
    package func rate(after span: Duration) -> Double? {
        let seconds = span / .seconds(1)
        return seconds >= 0.1 ? Double(rows) / seconds : nil
    }

    /// What is left when the parts to come take as long as those before; `nil` while no part is done.
    package func timeLeft(after span: Duration) -> Duration? {
        guard let part, part.done > 0, span > .zero else { return nil }
        return span * part.remaining / part.done
    }
}

extension RunPart {
    fileprivate var remaining: Int { total - done }
}
