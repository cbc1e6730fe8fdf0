/// How much a walk of any subtree may bring.
package struct WalkBounds: Hashable, Sendable {
    package let rowsMax: Int
    /// Names and values together, as text.
    package let bytesMax: Int
    package let timeMax: Duration

    package init(rowsMax: Int, bytesMax: Int, timeMax: Duration) {
        self.rowsMax = rowsMax
        self.bytesMax = bytesMax
        self.timeMax = timeMax
    }
}

/// Rows of any subtree as text, for people and flows.
package struct RawWalk: Hashable, Sendable {
    package struct Row: Hashable, Sendable {
        /// Dotted, without a leading dot.
        package let oid: String
        /// As in RFC 2578, such as `Integer32`, `OCTET STRING`, `Counter64`.
        package let type: String
        /// Repaired UTF-8, or `0x…` where an octet string is no text.
        package let value: String

        package init(oid: String, type: String, value: String) {
            self.oid = oid
            self.type = type
            self.value = value
        }
    }

    package let rows: [Row]
    package let coverage: Coverage
    package let requests: Int

    package init(rows: [Row], coverage: Coverage, requests: Int) {
        self.rows = rows
        self.coverage = coverage
        self.requests = requests
    }
}
