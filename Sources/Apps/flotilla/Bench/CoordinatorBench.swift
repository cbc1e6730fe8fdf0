import APIContract
import Assembly
import Domain
import Foundation
import Glibc
import PrivateServers

/// What coordinating many OLTs costs.
struct CoordinatorFigures: Codable, BenchFigures {
    let olts: Int
    let operations: Int
    /// Microseconds: a plan of one OLT for a period of an hour with 22 slots; a look at a book that needs nothing.
    let planMicros: Double
    let lookMicros: Double
    /// Until every OLT had its first book, and processor seconds of the orchestrator for it.
    let firstSeconds: Double
    let firstCPUSeconds: Double
    let idleTurns: Int
    /// Processor milliseconds of the orchestrator for a turn without a change, above what it uses without OLTs; comparisons of everything included.
    let idleTurnMillis: Double
    /// Wall milliseconds of turns, as the coordinator notes them; those that compare everything are the slow ones.
    let turnMillis: Spread
    /// Milliseconds from the commit of a change to the decision in the log.
    let changesTimed: Int
    let changeMillis: Spread
    /// So many OLTs changed in one transaction, and until the last one was acted on.
    let changedAtOnce: Int
    let changedSeconds: Double
    let residentBytesMax: Int

    var summary: String {
        "\(olts) OLTs with \(operations) operations each; one orchestrator, no worker, nothing due. First plans of all: \(Figure.seconds(firstSeconds)), "
            + "\(Figure.seconds(firstCPUSeconds)) of processor time in the orchestrator."
    }

    var table: [[String]] {
        [
            ["figure", "measured", "to reach"],
            ["plan of one OLT, an hour of 22 slots", String(format: "%.1f µs", planMicros), "50 µs"],
            ["look at a book that needs nothing", String(format: "%.1f µs", lookMicros), ""],
            ["processor time of a turn without a change (mean of \(idleTurns))", Figure.millis(idleTurnMillis), "250 ms"],
            ["turn, wall time, p50", Figure.millis(turnMillis.p50), ""],
            ["turn, wall time, longest (compares everything)", Figure.millis(turnMillis.max), ""],
            ["one change until it is acted on, p50", Figure.millis(changeMillis.p50), ""],
            ["one change until it is acted on, longest of \(changesTimed)", Figure.millis(changeMillis.max), "1 s"],
            ["\(changedAtOnce) OLTs changed at once, until the last is acted on", Figure.seconds(changedSeconds), ""],
            ["orchestrator, resident at most", String(format: "%.0f MB", Double(residentBytesMax) / 1e6), "200 MB"],
        ]
    }
}

/// Declares operations on many OLTs and watches the coordinator keep still, and not.
struct CoordinatorBench: Sendable {
    let olts: Int
    let idle: Duration
    let changes: Int
    let servers: BenchServers
    let note: @Sendable (String) -> Void

    private static let types = ["discovery", "get.status", "get.optics", "get.distance"]

    func measure() async throws -> CoordinatorFigures {
        let plan = planMicros()
        let environment = ["FLOTILLA_COORDINATOR_PERIOD_SECONDS": "86400"]
        let fleet = try servers.fleet(workers: 0, slots: nil, environment: environment, note: note)
        do {
            try await fleet.start()
            let figures = try await measure(fleet, plan)
            await fleet.stop()
            return figures
        } catch {
            await fleet.stop()
            throw error
        }
    }

    private func measure(_ fleet: LocalFleet, _ plan: (plan: Double, look: Double)) async throws -> CoordinatorFigures {
        try await until("somebody leads") { try await count("select count(*) from coordinator_ticks") == 1 }
        note("the orchestrator without OLTs")
        let before = CPUAccount.now()
        try await Task.sleep(for: idle / 2)
        let bare = (CPUAccount.now() - before).seconds["orchestrator"] ?? 0

        note("\(olts) OLTs are entered")
        let entering = CPUAccount.now()
        let start = ContinuousClock.now
        try await enter()
        try await until("every OLT has its book", within: .seconds(600)) {
            try await count("select count(*) from olt_books where book is not null and wake_at > now()") >= olts
        }
        let first = (ContinuousClock.now - start) / .seconds(1)
        let firstCPU = (CPUAccount.now() - entering).seconds["orchestrator"] ?? 0
        _ = try await servers.postgres.statement("vacuum analyze olt_books, olts, olt_operations")

        note("nothing changes")
        let resting = CPUAccount.now()
        let turns = try await watch(for: idle)
        let rested = (CPUAccount.now() - resting).seconds["orchestrator"] ?? 0

        note("one after the other is changed")
        var millis: [Double] = []
        for turn in 0..<changes { millis.append(try await change(1 + turn * 37 % olts, turn)) }
        let many = min(1000, olts)
        note("\(many) are changed at once")
        let atOnce = try await changeAtOnce(many)
        return CoordinatorFigures(
            olts: olts,
            operations: Self.types.count,
            planMicros: plan.plan,
            lookMicros: plan.look,
            firstSeconds: first,
            firstCPUSeconds: firstCPU,
            idleTurns: turns.count,
            idleTurnMillis: max(0, rested - bare * 2) * 1000 / Double(max(1, turns.count)),
            turnMillis: Spread(turns),
            changesTimed: millis.count,
            changeMillis: Spread(millis),
            changedAtOnce: many,
            changedSeconds: atOnce,
            residentBytesMax: ProcessTree.descendants(of: getpid())
                .filter { ProcessTree.name(of: $0) == "flotilla-orches" }.map(ProcessMeter.residentBytesMax).max() ?? 0
        )
    }

    // MARK: The plan alone

    private func planMicros() -> (plan: Double, look: Double) {
        let operations = [
            DeclaredOperation(.discovery, cadence: .perPeriod(4)), DeclaredOperation(.get(.status), cadence: .perPeriod(12)),
            DeclaredOperation(.get(.optics), cadence: .perPeriod(4)), DeclaredOperation(.get(.distance), cadence: .perPeriod(2)),
        ]
        let now = Timestamp(microseconds: 1_800_000_000_000_000)
        let rounds = 2000
        var books: [OLTBook] = []
        func around(_ olt: OLTID) -> OLTBook.Surroundings {
            let declaration = OLTDeclaration(olt, isEnabled: true, operations: operations)
            let standing = OLTStanding(declaration: declaration, name: "olt", profile: "auto", limits: DeviceLimits(), onus: 500)
            return OLTBook.Surroundings(standing: standing, leaseIsHeld: false, gaps: [], now: now)
        }
        let rules = CoordinationRules()
        var chance = SystemRandomNumberGenerator()
        let clock = ContinuousClock()
        let planned = clock.measure {
            for number in 1...rounds {
                var book = OLTBook(OLTID(Int64(number)), now: now)
                _ = book.attend(around(book.olt), rules) { TaskID(at: now, using: &chance) }
                books.append(book)
            }
        }
        let looked = clock.measure {
            for index in books.indices { _ = books[index].attend(around(books[index].olt), rules) { TaskID(at: now, using: &chance) } }
        }
        return (planned / .microseconds(1) / Double(rounds), looked / .microseconds(1) / Double(rounds))
    }

    // MARK: The fleet

    /// One statement, as an import would come; nothing of it is due soon.
    private func enter() async throws {
        let types = Self.types.map { "('\($0)')" }.joined(separator: ",")
        _ = try await servers.postgres.statement(
            """
            begin;
            insert into olts (name, host, port, version, profile, pdus_per_second, repetitions_max, attempts, sealed, revision)
            select 'olt-' || n, '10.' || n / 65536 || '.' || n / 256 % 256 || '.' || n % 256, 161, 'v2c', 'huawei', 50, 25, 4, ''::bytea, 1
            from generate_series(1, \(olts)) as n;
            insert into olt_operations (olt, type, every) select o.id, t.type, 2592000000000 from olts o, (values \(types)) as t (type);
            commit
            """
        )
    }

    /// Wall milliseconds of the turns meanwhile.
    private func watch(for span: Duration) async throws -> [Double] {
        var turns: [Double] = []
        var last = ""
        let end = ContinuousClock.now + span
        while ContinuousClock.now < end {
            let tick = try await servers.postgres.statement("select at || ' ' || took from coordinator_ticks")
                .trimmingCharacters(in: .whitespacesAndNewlines)
            if tick != last, let took = tick.split(separator: " ").last.flatMap({ Double($0) }) {
                if !last.isEmpty { turns.append(took / 1000) }
                last = tick
            }
            try await Task.sleep(for: .milliseconds(500))
        }
        return turns
    }

    private func change(_ olt: Int, _ turn: Int) async throws -> Double {
        let every = 2_592_000_000_000 - (turn + 1) * 1_000_000
        let last = try await count("select coalesce(max(id), 0) from coordinator_log")
        _ = try await servers.postgres.statement("update olt_operations set every = \(every) where olt = \(olt) and type = 'discovery'")
        let start = ContinuousClock.now
        try await until("the change is acted on") {
            try await count("select count(*) from coordinator_log where id > \(last) and olt = \(olt) and type = 'TASK_INTERVAL_CHANGED'")
                > 0
        }
        return (ContinuousClock.now - start) / .milliseconds(1)
    }

    private func changeAtOnce(_ many: Int) async throws -> Double {
        let last = try await count("select coalesce(max(id), 0) from coordinator_log")
        _ = try await servers.postgres.statement(
            "update olt_operations set every = 2500000000000 where olt <= \(many) and type = 'get.status'"
        )
        let start = ContinuousClock.now
        try await until("all changes are acted on", within: .seconds(120)) {
            try await count("select count(*) from coordinator_log where id > \(last) and type = 'TASK_INTERVAL_CHANGED'") >= many
        }
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private func count(_ sql: String) async throws -> Int { try await servers.count(sql) }

    private func until(_ what: String, within limit: Duration = .seconds(60), _ holds: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + limit
        while try await !holds() {
            guard ContinuousClock.now < end else { throw CommandError(.failed, "after \(limit) it is not true that \(what)") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
