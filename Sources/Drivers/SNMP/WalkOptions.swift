/// How dear reading a column is to the device; repetition counts are remembered by it.
package enum ColumnClass: Sendable, Hashable {
    case cheap
    case dear
}

/// Bounds of one walk.
package struct WalkOptions: Sendable, Hashable {
    package var columnClass: ColumnClass = .cheap
    package var rowsMax: Int = 1_000_000
    /// Names and values together.
    package var bytesMax: Int = 64 << 20
    package var timeMax: Duration = .seconds(600)
    /// Repetitions at most in this walk, whatever the device took before; `nil`: as its limits say.
    package var repetitionsMax: Int?

    package init(
        columnClass: ColumnClass = .cheap,
        rowsMax: Int = 1_000_000,
        bytesMax: Int = 64 << 20,
        timeMax: Duration = .seconds(600),
        repetitionsMax: Int? = nil
    ) {
        self.columnClass = columnClass
        self.rowsMax = rowsMax
        self.bytesMax = bytesMax
        self.timeMax = timeMax
        self.repetitionsMax = repetitionsMax
    }
}
