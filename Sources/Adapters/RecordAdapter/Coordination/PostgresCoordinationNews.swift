package import Domain
package import Postgres

/// What triggers and other transactions tell of OLTs, over LISTEN.
package struct PostgresCoordinationNews: CoordinationNews {
    private static let channel = "flotilla_coordinator"

    private let pool: PostgresPool

    package init(pool: PostgresPool) {
        self.pool = pool
    }

    package func listen(_ heard: @Sendable (OLTID?) -> Void) async {
        for await news in pool.notifications(Self.channel) {
            switch news {
            case .listening: heard(nil)
            case .notified(let payload): heard(Int64(payload).map(OLTID.init))
            }
        }
    }
}
