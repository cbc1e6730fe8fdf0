/// A finding that is right as it stands.
struct Exception: Sendable, CustomStringConvertible {
    /// Name of the rule.
    let rule: String
    /// A file, or a folder with a slash at its end.
    let path: String
    let reason: String

    init(_ rule: String, in path: String, because reason: String) {
        self.rule = rule
        self.path = path
        self.reason = reason
    }

    func excuses(_ finding: Finding) -> Bool {
        rule == finding.rule && (path == finding.path || path.hasSuffix("/") && finding.path.hasPrefix(path))
    }

    var description: String { "\(rule) in \(path) (\(reason))" }
}

/// One line each, with its reason.
///
/// A file that is not there yet is no mistake; a reason that no longer applies is.
enum Exceptions {
    static let all: [Exception] = [
        Exception("Task.sleep", in: "Sources/Runtime/PrivateServers/", because: "polls foreign servers, which send no word"),
        Exception(
            "Task.sleep",
            in: "Sources/Adapters/DeviceAdapter/Session/SNMPDeviceSession.swift",
            because: "waits until a request that was given up cannot be under way any more"
        ),
        Exception("Task.sleep", in: "Sources/Application/Orchestration/Desk/", because: "backs off from a record or broker that fails"),
        Exception(
            "Task.sleep",
            in: "Sources/Drivers/Postgres/PostgresListener.swift",
            because: "the pause between two dials of a dead server"
        ),
        Exception("Task.sleep", in: "Sources/Application/Orchestration/Parts/Bell.swift", because: "the limit of a wait that a ring ends"),
        Exception("Task.sleep", in: "Sources/Application/Orchestration/Parts/Patience.swift", because: "is the pause between two tries"),
        Exception("Task.sleep", in: "Sources/Interface/HTTPAPI/FleetGauge.swift", because: "the limit of a wait for a server"),
        Exception("Task.sleep", in: "Sources/Application/Coordination/Coordinator.swift", because: "the pause between two turns"),
        Exception(
            "Task.sleep",
            in: "Sources/Adapters/JournalAdapter/FileJournal.swift",
            because: "the pause before a disk that refused is tried again"
        ),
        Exception("Task.sleep", in: "Sources/Adapters/NotifyAdapter/", because: "the limit of a wait for a program or a web server"),
        Exception(
            "Task.sleep",
            in: "Sources/Application/Coordination/NotificationDesk.swift",
            because: "the pause between two looks for open violations"
        ),
        Exception("Task.sleep", in: "Sources/Application/Orchestration/Services/", because: "the pause between two rounds of a service"),
        Exception(
            "Task.sleep",
            in: "Sources/Adapters/BrokerAdapter/Links/ConsumingLink.swift",
            because: "a second look at a channel that sends no word"
        ),
        Exception(
            "Task.sleep",
            in: "Sources/Adapters/BrokerAdapter/AMQPOrchestratorBroker.swift",
            because: "the pause between two looks for deleted queues, which send no word"
        ),
        Exception(
            "Task.sleep",
            in: "Sources/Adapters/BrokerAdapter/Undertaker.swift",
            because: "the pause before a letter is buried again"
        ),
        Exception(
            "Task.sleep",
            in: "Sources/Application/WorkerRuntime/Claim.swift",
            because: "the pause before a busy key is asked for again"
        ),
        Exception("Task.sleep", in: "Sources/Application/WorkerRuntime/Execution.swift", because: "is the sleep it lends to operations"),
        Exception("Task.sleep", in: "Sources/Application/WorkerRuntime/Heart.swift", because: "the pause between two beats"),
        Exception(
            "Task.sleep",
            in: "Sources/Application/WorkerRuntime/Reporter.swift",
            because: "backs off from a broker that does not confirm"
        ),
        Exception("Task.sleep", in: "Sources/Application/WorkerRuntime/Watchman.swift", because: "the pause between two rounds"),
        Exception(
            "Task.sleep",
            in: "Sources/Application/WorkerRuntime/Worker.swift",
            because: "a drain's short looks at what is still in hand"
        ),
        Exception("Task.sleep", in: "Sources/Drivers/AMQP/Session/AMQPSession.swift", because: "the limit of a wait for the broker's word"),
        Exception("Task.sleep", in: "Sources/Drivers/Redis/RedisClient.swift", because: "the pause between two dials of a dead server"),
        Exception("unchecked Sendable", in: "Sources/Runtime/Reactor/ReactorThread.swift", because: "its state belongs to its own thread"),
        Exception("unchecked Sendable", in: "Tests/Tidy/TidyTests/Pattern.swift", because: "a regular expression never changes"),
        Exception("print", in: "Tests/Simulation/simulate/", because: "a command that tells what it found"),
        Exception(
            "nonisolated(unsafe)",
            in: "Tests/Fuzz/TableFuzz/TableFuzz.swift",
            because: "libFuzzer calls on one thread, through a C function without a context"
        ),
        Exception("sleeping test", in: "Tests/Support/TestSupport/Eventually.swift", because: "the one place where tests wait"),
        Exception(
            "sleeping test",
            in: "Tests/Unit/WorkerRuntimeTests/Bench.swift",
            because: "the one place where the worker's unit tests wait; they do without the support of server tests"
        ),
    ]

    static func excuse(_ finding: Finding) -> Bool { all.contains { $0.excuses(finding) } }
}
