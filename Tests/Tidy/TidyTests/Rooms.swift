/// What a room may import; the picture of the house as a table.
struct Room: Sendable {
    /// A folder; the longest one that holds a file decides.
    let folder: String
    /// Our own modules.
    let ours: Set<String>
    /// Modules from outside; `nil`: any.
    let outside: Set<String>?

    init(_ folder: String, ours: Set<String> = [], outside: Set<String>? = []) {
        self.folder = folder
        self.ours = ours
        self.outside = outside
    }

    static let cLibraries: Set<String> = ["CLinuxIO", "CRabbitMQ", "CHiredis", "CLibPQ", "CNetSNMP"]
    static let drivers: Set<String> = ["AMQP", "Redis", "Postgres", "SNMP"]
    static let adapters: Set<String> = [
        "BrokerAdapter", "LeaseAdapter", "RecordAdapter", "DeviceAdapter", "SealAdapter", "ScaleAdapter", "MemoryAdapters",
        "JournalAdapter",
        "NotifyAdapter",
    ]
    static let application: Set<String> = [
        "Orchestration", "Coordination", "WorkerRuntime", "Operations", "Flows", "LoadControl", "Gateway",
    ]
    static let interface: Set<String> = ["APIContract", "HTTPAPI", "Telemetry"]
    static let upper: Set<String> = ["Domain", "Wire"]
    static let ground: Set<String> = ["Reactor", "PrivateServers", "OLTSimulator", "FaultProxy"]
    static let support: Set<String> = ["Assembly", "FleetSimulation", "SNMPSupport", "TestSupport"]
    static let everything = [cLibraries, drivers, adapters, application, interface, upper, ground, support].reduce(into: Set()) {
        $0.formUnion($1)
    }
    static let everythingAboveC = everything.subtracting(cLibraries)

    static let all: [Room] = [
        // The domain tower.
        Room("Sources/Domain"),
        Room("Sources/Wire", ours: ["Domain"], outside: ["FoundationEssentials", "SwiftProtobuf"]),
        Room("Sources/Application", ours: ["Domain"], outside: ["Logging", "ServiceLifecycle", "Synchronization"]),
        Room("Sources/Application/Operations", ours: ["Domain"], outside: ["Synchronization"]),

        // The driver tower.
        Room("Sources/Runtime/Reactor", ours: ["CLinuxIO"], outside: ["Glibc", "Synchronization"]),
        Room("Sources/Runtime/PrivateServers", outside: ["Dispatch", "Foundation", "Glibc", "Logging", "Synchronization"]),
        Room("Sources/Drivers/AMQP", ours: ["CRabbitMQ", "Reactor"], outside: ["Glibc", "Logging", "Synchronization"]),
        Room("Sources/Drivers/Redis", ours: ["CHiredis", "Reactor"], outside: ["Glibc", "Logging", "Synchronization"]),
        Room("Sources/Drivers/Postgres", ours: ["CLibPQ", "Reactor"], outside: ["Glibc", "Logging", "Synchronization"]),
        Room("Sources/Drivers/SNMP", ours: ["CNetSNMP", "Reactor"], outside: ["Glibc", "Logging", "Synchronization"]),

        // Where the towers meet.
        Room("Sources/Adapters", ours: ["Domain"], outside: ["Logging", "Synchronization"]),
        Room("Sources/Adapters/BrokerAdapter", ours: ["AMQP", "Domain", "Wire"], outside: ["Logging", "Synchronization"]),
        Room("Sources/Adapters/LeaseAdapter", ours: ["Domain", "Reactor", "Redis"], outside: ["Logging", "Synchronization"]),
        Room("Sources/Adapters/RecordAdapter", ours: ["Domain", "Postgres", "Wire"], outside: ["Logging", "Synchronization"]),
        Room(
            "Sources/Adapters/DeviceAdapter",
            ours: ["Domain", "Reactor", "SNMP"],
            outside: ["Foundation", "Logging", "Synchronization", "Yams"]
        ),
        Room("Sources/Adapters/MemoryAdapters", ours: ["Domain"], outside: ["Synchronization"]),
        Room("Sources/Adapters/SealAdapter", ours: ["Domain"], outside: ["Crypto"]),
        Room(
            "Sources/Adapters/JournalAdapter",
            ours: ["Domain", "Reactor"],
            outside: ["Glibc", "Logging", "ServiceLifecycle", "Synchronization"]
        ),
        Room(
            "Sources/Adapters/NotifyAdapter",
            ours: ["Domain", "PrivateServers", "Reactor", "Wire"],
            outside: ["Crypto", "Foundation", "FoundationNetworking", "Glibc", "Synchronization"]
        ),

        // Interface, simulator and the programs.
        Room("Sources/Interface/APIContract", ours: ["Domain"], outside: ["Foundation"]),
        Room("Sources/Interface/Telemetry", ours: ["Domain"], outside: ["Foundation", "Glibc", "Logging", "Synchronization"]),
        Room(
            "Sources/Interface/HTTPAPI",
            ours: ["APIContract", "Coordination", "Domain", "Orchestration", "Telemetry", "Wire"],
            outside: [
                "Crypto", "Foundation", "HTTPTypes", "Hummingbird", "HummingbirdCore", "Logging", "NIOCore", "NIOHTTP1", "NIOHTTPTypes",
                "ServiceLifecycle", "Synchronization",
            ]
        ),
        Room("Sources/Simulator/OLTSimulator", ours: ["CLinuxIO"], outside: ["Glibc", "Synchronization"]),
        Room("Sources/Simulator/FaultProxy", ours: ["CLinuxIO"], outside: ["Glibc", "Synchronization"]),
        Room("Sources/Apps", ours: ["Assembly"], outside: nil),
        Room("Sources/Apps/Assembly", ours: everythingAboveC.subtracting(support), outside: nil),
        Room(
            "Sources/Apps/flotilla",
            ours: [
                "AMQP", "APIContract", "Assembly", "BrokerAdapter", "DeviceAdapter", "Domain", "FaultProxy", "OLTSimulator",
                "PrivateServers",
                "Reactor", "SNMP", "Wire",
            ],
            outside: nil
        ),
        Room("Sources/Apps/oltsim", ours: ["OLTSimulator"], outside: nil),
        Room("Sources/Apps/snmp-poller", ours: ["Reactor", "SNMP"], outside: ["Glibc", "Logging", "Synchronization"]),

        // Tests look at anything but one another; unit tests do without servers.
        Room("Tests", ours: everything, outside: nil),
        Room("Tests/Unit", ours: everything.subtracting(["PrivateServers", "TestSupport"]), outside: nil),
        Room("Tests/Support", ours: ["PrivateServers"], outside: nil),
        Room("Tests/Support/SNMPSupport", ours: ["Reactor"]),
        Room(
            "Tests/Simulation",
            ours: ["Domain", "FleetSimulation", "MemoryAdapters"],
            outside: ["ArgumentParser", "Synchronization", "Testing"]
        ),
        // Its tests play long stories on threads of their own.
        Room("Tests/Simulation/SimulationTests", ours: ["Domain", "FleetSimulation"], outside: ["Foundation", "Testing"]),
        Room("Tests/EndToEnd", ours: ["APIContract", "PrivateServers", "TestSupport"], outside: nil),
        Room("Tests/Tidy", outside: ["Foundation", "Testing"]),
    ]

    /// The room of a file; `nil` when the table forgot it.
    static func of(_ path: String) -> Room? {
        all.filter { path.hasPrefix("\($0.folder)/") }.max { $0.folder.count < $1.folder.count }
    }
}
