/// The body of `POST /secrets:rotate`.
package struct SecretRotationOrder: Codable, Hashable, Sendable {
    package enum CodingKeys: String, CodingKey, CaseIterable {
        case dryRun, after, limit
    }

    /// OLTs of a batch at most.
    package static let limits = 1...1_000

    package let dryRun: Bool?
    /// The last OLT of the batch before.
    package let after: Int64?
    package let limit: Int?

    package init(dryRun: Bool?, after: Int64?, limit: Int?) {
        self.dryRun = dryRun
        self.after = after
        self.limit = limit
    }
}

/// What sealing credentials again did.
package struct SecretRotationShape: Codable, Hashable, Sendable {
    package struct Failure: Codable, Hashable, Sendable {
        package let olt: Int64
        package let name: String
        package let reason: String

        package init(olt: Int64, name: String, reason: String) {
            self.olt = olt
            self.name = name
            self.reason = reason
        }
    }

    /// What people call the key that seals now.
    package let key: String
    package var examined: Int
    /// Sealed again; of a dry run: to be sealed again.
    package var resealed: Int
    package var failed: [Failure]
    /// Where the next batch begins; null: that was the last.
    @OrNull package var next: Int64?
    /// Tasks whose messages may carry what another key sealed; told with the last batch.
    package var underWay: Int

    package init(key: String, examined: Int, resealed: Int, failed: [Failure], next: Int64?, underWay: Int) {
        self.key = key
        self.examined = examined
        self.resealed = resealed
        self.failed = failed
        self.underWay = underWay
        self.next = next
    }
}
