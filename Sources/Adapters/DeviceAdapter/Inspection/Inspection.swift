package import Domain

/// What a profile makes of a device, for whoever writes profiles.
package struct Inspection: Sendable {
    /// One column of one listing.
    package struct ColumnNote: Hashable, Sendable {
        package let listing: String
        package let field: String
        package let oid: String
        package let cost: String
        package let isUnverified: Bool
        /// Rows that the device has in it.
        package var rows: Int
        /// Rows that say "no reading", or something that the profile does not know.
        package var unread: Int
        /// The first few of those, as they came.
        package var examples: [String]
    }

    package let profile: String
    package let facts: DeviceFacts
    package let observations: [ONUObservation]
    package let ports: [PortCount]
    /// Of the discovery.
    package let coverage: Coverage
    /// Of the readings.
    package let readingCoverage: Coverage
    package let columns: [ColumnNote]
    /// Names of rows whose index the profile cannot read, the first twenty.
    package let strangers: [String]
    package let requests: Int

    /// What deserves a look, in sentences.
    package var warnings: [String] {
        var warnings: [String] = []
        if case .partial(let reason) = coverage { warnings.append("discovery is partial: \(reason)") }
        if case .partial(let reason) = readingCoverage { warnings.append("readings are partial: \(reason)") }
        if observations.isEmpty { warnings.append("no ONU was found") }
        for column in columns where column.rows == 0 {
            warnings.append("\(column.listing).\(column.field): the device has no row in \(column.oid)")
        }
        for column in columns where column.rows > 0 && column.unread == column.rows && column.examples != ["OCTET STRING \"\""] {
            warnings.append(
                "\(column.listing).\(column.field): none of \(column.rows) rows can be read, such as \(column.examples.joined(separator: ", "))"
            )
        }
        for name in strangers { warnings.append("the index of \(name) cannot be read") }
        return warnings
    }
}
