import APIContract
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle

/// `/metrics`, `/healthz` and `/readyz` of a program that serves nothing else, on loopback.
package struct SideServer: Service {
    package static let host = "127.0.0.1"

    private let port: Int
    private let version: String
    private let stopping: StopSign
    private let dependencies: @Sendable () async -> [(name: String, trouble: String?)]
    private let metrics: @Sendable () async -> String
    private let listening: @Sendable (_ port: Int) async -> Void
    private let log: Logger

    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - version: shown by both routes of health.
    ///   - stopping: while it is up the program is not ready.
    ///   - dependencies: the servers that the program needs, each with its trouble if it has one.
    ///   - metrics: the page of figures.
    ///   - log: for the server's own words.
    ///   - listening: is told the port once the server answers.
    package init(
        port: Int,
        version: String,
        stopping: StopSign,
        dependencies: @escaping @Sendable () async -> [(name: String, trouble: String?)],
        metrics: @escaping @Sendable () async -> String,
        log: Logger,
        listening: @escaping @Sendable (_ port: Int) async -> Void
    ) {
        self.port = port
        self.version = version
        self.stopping = stopping
        self.dependencies = dependencies
        self.metrics = metrics
        self.log = log
        self.listening = listening
    }

    package func run() async throws {
        let router = Router(context: BasicRequestContext.self)
        MetricsRoutes(metrics: metrics).add(to: router)
        HealthRoutes(version: version, stopping: stopping, dependencies: dependencies).add(to: router)
        let listening = listening
        let application = Application(
            router: router,
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: ApplicationConfiguration(address: .hostname(Self.host, port: port), serverName: "flotilla"),
            onServerRunning: { channel in await listening(channel.localAddress?.port ?? 0) },
            logger: log
        )
        try await application.run()
    }
}
