/// How dear reading a column is to the device; repetition counts are remembered by it.
package enum ColumnClass: Sendable, Hashable {
    case cheap
    case medium
    case dear
}

/// What becomes of columns that a device was found not to have.
package enum MissingPolicy: Sendable, Hashable {
    /// Asks all, learns nothing: for listings, whose emptiness may be true.
    case ask
    /// Leaves out what is known to be missing, and remembers for a day what turns out to be empty from the start.
    case remember
    /// Asks all, as a person wants it, and remembers anew.
    case askAgain
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
    package var missing: MissingPolicy = .ask

    package init(
        columnClass: ColumnClass = .cheap,
        rowsMax: Int = 1_000_000,
        bytesMax: Int = 64 << 20,
        timeMax: Duration = .seconds(600),
        repetitionsMax: Int? = nil,
        missing: MissingPolicy = .ask
    ) {
        self.missing = missing
        self.columnClass = columnClass
        self.rowsMax = rowsMax
        self.bytesMax = bytesMax
        self.timeMax = timeMax
        self.repetitionsMax = repetitionsMax
    }
}
