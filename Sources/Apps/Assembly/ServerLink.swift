import AMQP
import LeaseAdapter
import Logging
import Postgres
import Reactor
import Redis

/// The threads that hold connections, and the makers of what runs on them.
struct ServerLink: Sendable {
    let reactor: ReactorThread
    let blocking: BlockingPool
    private let logger: Logger

    init(logger: Logger) throws(StartupError) {
        self.logger = logger
        reactor = ReactorThread(name: "flotilla-net")
        blocking = BlockingPool(name: "flotilla-block", threads: 2, queueMax: 1024)
    }

    func stop() {
        reactor.stop()
        blocking.stop()
    }

    /// `patience`: how long a statement, and the wait for a connection, may take; `nil`: as the driver has it.
    func postgres(
        url: String,
        application: String,
        poolSize: Int,
        patience: Duration? = nil
    ) throws(StartupError) -> PostgresPool {
        do {
            var settings = PostgresSettings(applicationName: application)
            settings.poolSize = poolSize
            if let patience { (settings.statementTimeout, settings.acquireTimeout) = (patience, patience) }
            // A plan made while `tasks` was empty joins a batch by reading the whole table, ten times the work, until an analyze comes by.
            settings.plans = .custom
            return PostgresPool(
                endpoint: try PostgresEndpoint(url),
                reactor: reactor,
                blockingPool: blocking,
                logger: logger,
                settings: settings
            )
        } catch {
            throw StartupError("\(SettingKey.postgresURL.variable): \(error)")
        }
    }

    /// Connects to the lease store; one that may forget leases is refused.
    ///
    /// `span`: the longest that leases are asked for; for so long nothing is granted after the store forgot.
    func leases(url: String, span: Duration) async throws(StartupError) -> RedisLeaseStore {
        let endpoint: RedisEndpoint
        do {
            endpoint = try RedisEndpoint(url)
        } catch {
            throw StartupError("\(SettingKey.redisURL.variable): \(error)")
        }
        var settings = RedisLeaseStore.Settings()
        settings.barrierSpan = span
        let store = RedisLeaseStore(endpoint: endpoint, reactor: reactor, blockingPool: blocking, logger: logger, settings: settings)
        do {
            try await store.start()
            return store
        } catch {
            switch error {
            case .unreachable(let reason): throw StartupError("\(reason) (\(SettingKey.redisURL.variable))", isNobodyThere: true)
            case .unsuitable(let reason): throw StartupError("\(reason) (\(SettingKey.redisURL.variable))")
            }
        }
    }

    func broker(url: String) throws(StartupError) -> AMQPEndpoint {
        do {
            return try AMQPEndpoint(url: url)
        } catch {
            throw StartupError("\(SettingKey.brokerURL.variable): \(error)")
        }
    }
}
