package import Domain
import LeaseAdapter
package import Logging

/// The real lease store alone, for the bench.
package struct LeaseDoor: Sendable {
    /// A script with what another client needs to run the same.
    package struct ScriptText: Sendable {
        package let name: String
        package let source: String
        /// With `KEY` and `RUN_ID` where the key's text and the server's run stand.
        package let keysAndArguments: [String]
    }

    package let store: any LeaseStore
    private let redis: RedisLeaseStore
    private let link: ServerLink

    /// Connects, and declares that nobody holds a lease there.
    package init(url: String, logger: Logger) async throws {
        let link = try ServerLink(logger: logger)
        let redis = try await link.leases(url: url, span: .seconds(30))
        try await redis.begin()
        self.link = link
        self.redis = redis
        store = redis
    }

    package func close() async {
        await redis.close()
        link.stop()
    }

    /// `take`, `renew` and `release`.
    package static var scripts: [ScriptText] {
        RedisLeaseStore.scriptTexts.map { ScriptText(name: $0.name, source: $0.source, keysAndArguments: $0.keysAndArguments) }
    }
}
