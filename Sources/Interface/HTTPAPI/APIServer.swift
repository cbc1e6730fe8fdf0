package import APIContract
package import Domain
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
package import Orchestration
import ServiceLifecycle
package import Telemetry

/// The HTTP API and the page, on one loopback address.
package struct APIServer: Service {
    package struct Settings: Hashable, Sendable {
        /// A loopback address; any other is refused until there is authentication.
        package var host = "127.0.0.1"
        /// 0 takes a free port.
        package var port = 7070
        package var version = "development"
        /// The profiles that an OLT may be entered with, by name, and what each can read.
        package var profiles: [String: Set<ONUColumn>] = [:]
        /// What received power amounts to.
        package var optics = OpticsClasses()
        /// Names beside the loopback addresses under which clients may ask, without port.
        package var hosts: [String] = []
        package var limits = ConnectionLimits()

        package init() {}

        /// - Throws: a problem that says which addresses are allowed.
        package func validated() throws(Problem) -> Settings {
            guard Loopback.contains(host) else {
                throw Problem(
                    status: 500,
                    code: "not_loopback",
                    title: "Address refused",
                    detail: "the API has no authentication yet and does not listen on \"\(host)\", which others can reach",
                    field: "flotilla.http.host",
                    allowed: "127.0.0.0/8, ::1 or localhost"
                )
            }
            guard (0...65_535).contains(port) else {
                throw Problem(
                    status: 500,
                    code: "invalid_value",
                    title: "Port refused",
                    detail: "\(port) is no port",
                    field: "flotilla.http.port",
                    allowed: "0 to 65535"
                )
            }
            return self
        }
    }

    private let settings: Settings
    private let desk: ControlDesk
    private let coordination: CoordinationDesk?
    private let meter: FleetMeter
    private let stopping: StopSign
    private let log: Logger
    private let listening: @Sendable (_ port: Int) async -> Void

    /// Refuses settings that would let others in; `listening` is told the port once the server answers.
    ///
    /// `meter` is what the orchestrator tells its figures, `stopping` goes up when it is told to stop.
    package init(
        desk: ControlDesk,
        coordination: CoordinationDesk? = nil,
        meter: FleetMeter,
        stopping: StopSign,
        settings: Settings,
        log: Logger,
        listening: @escaping @Sendable (_ port: Int) async -> Void
    ) throws(Problem) {
        self.settings = try settings.validated()
        self.desk = desk
        self.coordination = coordination
        self.meter = meter
        self.stopping = stopping
        self.log = log
        self.listening = listening
    }

    package func run() async throws {
        let router = Router(context: APIContext.self)
        router.add(middleware: ProblemMiddleware())
        router.add(middleware: RequestGate(hosts: HostList(settings.hosts)))
        TaskRoutes(desk: desk).add(to: router)
        DeviceRoutes(desk: desk, check: OLTCheck(profiles: settings.profiles)).add(to: router)
        ONURoutes(desk: desk, optics: settings.optics).add(to: router)
        CredentialRoutes(desk: desk).add(to: router)
        SecretRoutes(desk: desk).add(to: router)
        FleetRoutes(desk: desk).add(to: router)
        WorkerOrderRoutes(desk: desk).add(to: router)
        LetterRoutes(desk: desk).add(to: router)
        AuditRoutes(desk: desk).add(to: router)
        LeaseRoutes(desk: desk).add(to: router)
        LockRoutes(desk: desk).add(to: router)
        LetterPage(desk: desk).add(to: router)
        OLTPage(desk: desk, coordination: coordination, profiles: Array(settings.profiles.keys)).add(to: router)
        LivePage.add(to: router)
        if let coordination {
            CoordinationRoutes(desk: desk, coordination: coordination).add(to: router)
            QuotaPage(desk: desk, coordination: coordination).add(to: router)
            CoordinatorLogPage(desk: desk, coordination: coordination).add(to: router)
        }
        let desk = desk
        let words = coordination.map { CoordinationWords(desk: desk, coordination: $0) }
        HealthRoutes(
            version: settings.version,
            stopping: stopping,
            dependencies: { await desk.health().answers.map { (name: $0.name, trouble: $0.trouble) } },
            beside: { await words?.health() ?? [] },
            leader: { HealthShape.Leader(desk.leadership) }
        ).add(to: router)
        let metrics = OrchestratorMetrics(
            desk: desk,
            gauge: FleetGauge(desk: desk),
            meter: meter,
            stopping: stopping,
            version: settings.version
        )
        MetricsRoutes { await metrics.text() }.add(to: router)
        EventRoutes(desk: desk).add(to: router)
        CompatibilityMetricsRoutes(desk: desk, meter: meter, machine: MachineGauge()).add(to: router)
        StatusPage(desk: desk, version: settings.version).add(to: router)
        let (listening, limits) = (listening, settings.limits)
        let application = Application(
            router: router,
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    additionalChannelHandlers: [ConnectionGuard(limits: limits)],
                    idleTimeout: limits.idle,
                    httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                        maxHeaderFieldSize: limits.headerBytesMax,
                        maxHeaderListSize: limits.headerBytesMax,
                        maxHeaderFieldCount: limits.headerFieldsMax
                    )
                )
            ),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port),
                serverName: "flotilla",
                availableConnectionsDelegate: .maximum(limits.connectionsMax, logger: log)
            ),
            onServerRunning: { channel in await listening(channel.localAddress?.port ?? 0) },
            logger: log
        )
        try await application.run()
    }
}

/// The context of one request; bodies are collected by the routes, which know their limits.
typealias APIContext = BasicRequestContext

/// Addresses that only this machine reaches.
enum Loopback {
    static func contains(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
