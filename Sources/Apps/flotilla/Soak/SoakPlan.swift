/// What is done to a fleet during a soak, and when; the same for the same seed.
struct SoakPlan: Hashable, Sendable {
    /// One fault and how long it lasts.
    struct Turn: Hashable, Sendable {
        /// Since the load began.
        let at: Duration
        let fault: Fault
        let lasts: Duration
    }

    /// One worker and one orchestrator are never killed: what they hold is measured from beginning to end.
    enum Fault: String, CaseIterable, Codable, Sendable {
        case workerKilled, workerFrozen, orchestratorKilled, orchestratorFrozen
        case brokerRestarted, brokerKilled, redisKilled, redisFlushed, postgresKilled
        case workerCutFromBroker, orchestratorCutFromBroker, allCutFromRedis, orchestratorCutFromPostgres
        case connectionsReset, bindingRemoved

        var text: String {
            switch self {
            case .workerKilled: "worker killed"
            case .workerFrozen: "worker frozen"
            case .orchestratorKilled: "orchestrator killed"
            case .orchestratorFrozen: "orchestrator frozen"
            case .brokerRestarted: "RabbitMQ restarted"
            case .brokerKilled: "RabbitMQ killed"
            case .redisKilled: "Redis killed, empty again"
            case .redisFlushed: "Redis flushed"
            case .postgresKilled: "PostgreSQL killed"
            case .workerCutFromBroker: "worker ↔ RabbitMQ black hole"
            case .orchestratorCutFromBroker: "orchestrator ↔ RabbitMQ black hole"
            case .allCutFromRedis: "all ↔ Redis black hole"
            case .orchestratorCutFromPostgres: "orchestrator ↔ PostgreSQL black hole"
            case .connectionsReset: "connections reset"
            case .bindingRemoved: "binding removed"
            }
        }
    }

    let length: Duration
    /// At the end, without faults.
    let tail: Duration
    let turns: [Turn]

    /// Every kind once in random order before one comes again; 20 to 40 s apart, less in a short soak.
    init(length: Duration, seed: UInt64) {
        var dice = SoakDice(seed: seed)
        self.length = length
        tail = length >= .seconds(300) ? .seconds(90) : length / 4
        let pace = min(Duration.seconds(20), length / 6)
        var turns: [Turn] = []
        var waiting: [Fault] = []
        var at = pace / 2
        while at < length - tail {
            if waiting.isEmpty { waiting = Fault.allCases.shuffled(using: &dice) }
            let lasts = pace * Double.random(in: 0.1..<0.9, using: &dice)
            turns.append(Turn(at: at, fault: waiting.removeFirst(), lasts: lasts))
            at += pace * Double.random(in: 1..<2, using: &dice)
        }
        self.turns = turns
    }
}

/// Dice that fall the same way for the same seed (SplitMix64).
struct SoakDice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
