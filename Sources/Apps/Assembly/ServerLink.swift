import AMQP
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

    func postgres(url: String, application: String, poolSize: Int) throws(StartupError) -> PostgresPool {
        do {
            var settings = PostgresSettings(applicationName: application)
            settings.poolSize = poolSize
            settings.forceGenericPlan = true
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

    func redisEndpoint(url: String) throws(StartupError) -> RedisEndpoint {
        do {
            return try RedisEndpoint(url)
        } catch {
            throw StartupError("\(SettingKey.redisURL.variable): \(error)")
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
