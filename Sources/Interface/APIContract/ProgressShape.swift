package import Domain

/// How far a run is, as its worker's last beat told.
package struct ProgressShape: Codable, Hashable, Sendable {
    package struct Part: Codable, Hashable, Sendable {
        /// port, column or request.
        package let unit: String
        package let done: Int
        package let total: Int
    }

    package let rows: Int
    /// Which part of how many; `null`: the run does not tell.
    @OrNull package var part: Part?
    @OrNull package var rowsPerSecond: Double?
    /// `null` while no part is done.
    @OrNull package var secondsLeft: Double?

    package init(_ progress: RunProgress, after span: Duration) {
        rows = progress.rows
        part = progress.part.map { Part(unit: $0.unit.rawValue, done: $0.done, total: $0.total) }
        rowsPerSecond = progress.rate(after: span).map { ($0 * 10).rounded() / 10 }
        secondsLeft = progress.timeLeft(after: span).map { ($0 / .seconds(1)).rounded() }
    }
}
