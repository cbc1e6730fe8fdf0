// swift-tools-version: 6.2
import PackageDescription

// One package, many small targets: `ls Sources` is the diagram of the house (docs/architecture.md).
//
// FLOTILLA_ONLY="RedisTests PostgresTests" reduces the package to the named targets and what they need,
// so that a driver builds and tests without the HTTP graph. Unset: everything.

// MARK: Settings

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]
/// Rooms where an `unsafe` is news.
let strict: [SwiftSetting] = house + [.strictMemorySafety()]
/// `_GNU_SOURCE` reaches the .c files only: a public header that defines it gives `fd_set` a second shape.
let shim: [CSetting] = [.define("_GNU_SOURCE"), .treatAllWarnings(as: .error)]

// MARK: Products of other packages

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

// MARK: Rooms

func clib(_ name: String, links library: String? = nil) -> Target {
    .target(
        name: name,
        path: "Sources/CLibs/\(name)",
        cSettings: shim,
        linkerSettings: library.map { [.linkedLibrary($0)] } ?? []
    )
}

func room(_ folder: String, _ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = strict) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(folder)/\(name)", swiftSettings: settings)
}

func app(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: "Sources/Apps/\(name)", swiftSettings: house)
}

func tests(_ folder: String, _ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(folder)/\(name)", swiftSettings: house)
}

let cLibraries = [
    clib("CLinuxIO"),
    clib("CRabbitMQ", links: "rabbitmq"),
    clib("CHiredis", links: "hiredis"),
    clib("CLibPQ", links: "pq"),
    clib("CNetSNMP", links: "netsnmp"),
]

let driverTower = [
    room("Runtime", "Reactor", ["CLinuxIO"]),
    room("Runtime", "PrivateServers", [log], settings: house),
    room("Drivers", "AMQP", ["CRabbitMQ", "Reactor", log]),
    room("Drivers", "Redis", ["CHiredis", "Reactor", log]),
    room("Drivers", "Postgres", ["CLibPQ", "Reactor", log]),
    room("Drivers", "SNMP", ["CNetSNMP", "Reactor", log]),
]

let domainTower = [
    .target(name: "Domain", path: "Sources/Domain", swiftSettings: strict),
    .target(name: "Wire", dependencies: ["Domain", protobuf], path: "Sources/Wire", swiftSettings: strict),
    room("Application", "Orchestration", ["Domain", log, lifecycle]),
    room("Application", "Coordination", ["Domain", log, lifecycle]),
    room("Application", "WorkerRuntime", ["Domain", log, lifecycle]),
    room("Application", "Operations", ["Domain"]),
]

let adapters = [
    room("Adapters", "BrokerAdapter", ["Domain", "Wire", "AMQP", log]),
    room("Adapters", "LeaseAdapter", ["Domain", "Reactor", "Redis", log]),
    room("Adapters", "RecordAdapter", ["Domain", "Wire", "Postgres", log]),
    room("Adapters", "DeviceAdapter", ["Domain", "Reactor", "SNMP", yams]),
    room("Adapters", "SealAdapter", ["Domain", crypto]),
    room("Adapters", "JournalAdapter", ["Domain", "Reactor", log, lifecycle]),
    room("Adapters", "NotifyAdapter", ["Domain", "PrivateServers", "Reactor", "Wire", crypto]),
    room("Adapters", "MemoryAdapters", ["Domain"]),
]

let interface = [
    room("Interface", "APIContract", ["Domain"], settings: house),
    room("Interface", "Telemetry", ["Domain", log], settings: house),
    room(
        "Interface",
        "HTTPAPI",
        [
            "APIContract", "Domain", "Orchestration", "Telemetry", "Wire", log, lifecycle, crypto, hummingbird, hummingbirdCore, httpTypes,
            nioCore, nioHTTP1, nioHTTPTypes,
        ],
        settings: house
    ),
]

let simulator = [
    room("Simulator", "OLTSimulator", ["CLinuxIO"]),
    room("Simulator", "FaultProxy", ["CLinuxIO"]),
]

let apps = [
    .target(
        name: "Assembly",
        dependencies: [
            "Domain", "Wire", "Orchestration", "Coordination", "WorkerRuntime", "Operations", "BrokerAdapter", "LeaseAdapter",
            "RecordAdapter",
            "DeviceAdapter", "SealAdapter", "JournalAdapter", "NotifyAdapter", "HTTPAPI", "APIContract", "Telemetry", "Reactor", "AMQP",
            "Redis", "Postgres", "SNMP",
            "PrivateServers",
            log, lifecycle, signals, configuration,
        ],
        path: "Sources/Apps/Assembly",
        swiftSettings: house
    ),
    app("flotilla-orchestrator", ["Assembly"]),
    app("flotilla-worker", ["Assembly"]),
    app(
        "flotilla",
        [
            "APIContract", "Assembly", "BrokerAdapter", "DeviceAdapter", "Domain", "FaultProxy", "OLTSimulator", "PrivateServers",
            "Reactor",
            "SNMP", "Wire", arguments, log, signals,
        ]
    ),
    app("oltsim", ["OLTSimulator", arguments]),
    // Plain C over the library, the measure of `flotilla bench`; nothing of Flotilla.
    .executableTarget(
        name: "amqp-ceiling",
        path: "Sources/Apps/amqp-ceiling",
        cSettings: shim,
        linkerSettings: [.linkedLibrary("rabbitmq")]
    ),
    .executableTarget(
        name: "snmp-ceiling",
        path: "Sources/Apps/snmp-ceiling",
        cSettings: shim,
        linkerSettings: [.linkedLibrary("netsnmp")]
    ),
    // The engine alone in a process, so that its CPU is its own: the other side of `flotilla bench snmp-walk`.
    app("snmp-poller", ["Reactor", "SNMP", log]),
]

let testing = [
    .target(
        name: "TestSupport",
        dependencies: ["PrivateServers", log],
        path: "Tests/Support/TestSupport",
        swiftSettings: house
    ),
    .target(name: "SNMPSupport", dependencies: ["Reactor"], path: "Tests/Support/SNMPSupport", swiftSettings: house),
    tests("Unit", "DomainTests", ["Domain"]),
    tests("Unit", "WireTests", ["Domain", "Wire", protobuf]),
    tests("Unit", "SealTests", ["Domain", "SealAdapter", crypto]),
    tests("Unit", "OLTSimulatorTests", ["OLTSimulator"]),
    tests("Conformance", "FaultProxyTests", ["FaultProxy", "TestSupport"]),
    tests("Unit", "ProfileTests", ["DeviceAdapter", "Domain", "SNMP"]),
    tests("Unit", "OperationsTests", ["Domain", "Operations"]),
    tests("Unit", "TelemetryTests", ["Domain", "Orchestration", "Telemetry", log]),
    tests("Unit", "CoordinationTests", ["Coordination", "Domain", "MemoryAdapters", "SealAdapter", log]),
    tests("Unit", "WorkerRuntimeTests", ["Domain", "Operations", "WorkerRuntime", log]),
    tests("Conformance", "JournalTests", ["Domain", "JournalAdapter", "TestSupport", log, lifecycle]),
    tests(
        "Conformance",
        "NotifyTests",
        ["Coordination", "Domain", "NotifyAdapter", "Reactor", "TestSupport", "Wire", crypto, log, lifecycle]
    ),
    tests("Conformance", "ReactorTests", ["CLinuxIO", "Reactor"]),
    tests("Conformance", "WitnessTests", ["OLTSimulator", "PrivateServers", "SNMP", "SNMPSupport", "TestSupport", log]),
    tests("Conformance", "PrivateServersTests", ["PrivateServers", "TestSupport", log]),
    tests("Conformance", "AMQPTests", ["AMQP", "PrivateServers", "Reactor", "TestSupport", log]),
    tests("Conformance", "RedisTests", ["PrivateServers", "Reactor", "Redis", "TestSupport", log]),
    tests("Conformance", "PostgresTests", ["Postgres", "PrivateServers", "Reactor", "TestSupport", log]),
    tests("Conformance", "SNMPTests", ["OLTSimulator", "PrivateServers", "Reactor", "SNMP", "SNMPSupport", "TestSupport", log]),
    tests("Conformance", "DeviceTests", ["DeviceAdapter", "Domain", "OLTSimulator", "Reactor", "SNMP", "SNMPSupport", "TestSupport", log]),
    tests(
        "Conformance",
        "LeaseTests",
        ["Domain", "LeaseAdapter", "MemoryAdapters", "PrivateServers", "Reactor", "Redis", "TestSupport", log]
    ),
    tests(
        "Conformance",
        "RecordTests",
        ["Domain", "MemoryAdapters", "Postgres", "PrivateServers", "Reactor", "RecordAdapter", "TestSupport", "Wire", log]
    ),
    tests(
        "Conformance",
        "BrokerTests",
        ["AMQP", "BrokerAdapter", "Domain", "MemoryAdapters", "PrivateServers", "Reactor", "TestSupport", "Wire", log]
    ),
    tests(
        "Conformance",
        "OrchestrationTests",
        [
            "Domain", "MemoryAdapters", "Orchestration", "Postgres", "PrivateServers", "Reactor", "RecordAdapter", "TestSupport", log,
            lifecycle,
        ]
    ),
    tests(
        "Conformance",
        "DeliveryTests",
        [
            "AMQP", "BrokerAdapter", "Domain", "LeaseAdapter", "Operations", "Orchestration", "Postgres", "PrivateServers", "Reactor",
            "RecordAdapter", "Redis", "TestSupport", "Wire", "WorkerRuntime", log, lifecycle,
        ]
    ),
    .target(
        name: "FleetSimulation",
        dependencies: ["Domain", "MemoryAdapters"],
        path: "Tests/Simulation/FleetSimulation",
        swiftSettings: house
    ),
    .executableTarget(
        name: "simulate",
        dependencies: ["FleetSimulation", arguments],
        path: "Tests/Simulation/simulate",
        swiftSettings: house
    ),
    tests("Simulation", "SimulationTests", ["Domain", "FleetSimulation"]),
    tests("EndToEnd", "EndToEndTests", ["APIContract", "PrivateServers", "TestSupport", log]),
    tests("Tidy", "TidyTests", []),
    // Does what sanitizers must report: `make tsan`, `make asan`.
    .executableTarget(name: "sanitizer-check", path: "Tests/Sanitizers/SanitizerCheck", swiftSettings: house),
]

// Their `main` is libFuzzer's, so they are there only when FLOTILLA_ONLY names one: `make fuzz`.
func fuzzer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies + ["FuzzSupport"],
        path: "Tests/Fuzz/\(name)",
        swiftSettings: house + [.unsafeFlags(["-parse-as-library"])]
    )
}

let fuzzing = [
    .target(name: "FuzzSupport", path: "Tests/Fuzz/FuzzSupport", swiftSettings: house),
    fuzzer("PlantedFuzz", []),
    fuzzer("MessageFuzz", ["Domain", "Wire"]),
    fuzzer("TableFuzz", ["AMQP", "BrokerAdapter", "CRabbitMQ", "Domain"]),
    fuzzer("BERFuzz", ["DeviceAdapter", "Domain", "OLTSimulator", "SNMP"]),
    fuzzer("SimulatorFuzz", ["OLTSimulator"]),
]

let allTargets = cLibraries + driverTower + domainTower + adapters + interface + simulator + apps + testing

let allPackages: [Package.Dependency] = [
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
]

// MARK: Reduction to FLOTILLA_ONLY

func needs(_ target: Target) -> (targets: [String], packages: [String]) {
    var needs: (targets: [String], packages: [String]) = ([], [])
    for dependency in target.dependencies {
        switch dependency {
        case .targetItem(let name, _), .byNameItem(let name, _): needs.targets.append(name)
        case .productItem(_, let package, _, _): needs.packages.append(package ?? "")
        @unknown default: break
        }
    }
    return needs
}

@MainActor
func reduced(to roots: [String]) -> (targets: [Target], packages: [Package.Dependency]) {
    var pending = roots
    var kept: Set<String> = []
    var packages: Set<String> = []
    while let name = pending.popLast() {
        guard kept.insert(name).inserted, let target = (allTargets + fuzzing).first(where: { $0.name == name }) else { continue }
        let needed = needs(target)
        pending += needed.targets
        packages.formUnion(needed.packages)
    }
    return (
        (allTargets + fuzzing).filter { kept.contains($0.name) },
        allPackages.filter { package in
            guard case .sourceControl(_, let location, _) = package.kind else { return true }
            return packages.contains { location.hasSuffix("/\($0)") }
        }
    )
}

let roots = (Context.environment["FLOTILLA_ONLY"] ?? "").split(separator: " ").map(String.init)
let plan = roots.isEmpty ? (allTargets, allPackages) : reduced(to: roots)

let package = Package(name: "flotilla", dependencies: plan.1, targets: plan.0)
