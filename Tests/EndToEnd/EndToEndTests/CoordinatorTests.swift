import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// What operators buy, on real servers; a period lasts a minute.
    @Suite("The coordinator", .serialized, .timeLimit(.minutes(8)))
    struct Coordinator {
        private static let hurried = ["FLOTILLA_COORDINATOR_PERIOD_SECONDS": "60", "FLOTILLA_COORDINATOR_EVERY_MS": "1000"]

        @Test(
            "an operation that is disabled: within five seconds its waiting attempts are cancelled, its quota is adjusted, the plan is without it"
        )
        func operationDisabled() async throws {
            let own = try await OwnFleet.start(workers: 1, extra: Self.hurried)
            let fleet = own.fleet
            // A discovery that takes most of a minute: whatever else is due waits behind it.
            let simulator = try await OLTSim.huawei("127.36.1.1", onusPerPort: 64, faults: ["delay=400ms"])
            let olt = try await fleet.enter("busy", at: "127.36.1.1", simulator, profile: "huawei")
            try await fleet.declare(olt.name, "discovery", "4")
            try await fleet.running(1, "snmp.discovery")
            try await fleet.declare(olt.name, "get.status", "60")
            let waiting = try await eventually("a reading waits behind the discovery", within: .seconds(30)) {
                let tasks = try await fleet.tasks(of: olt, kind: "snmp.get").filter { ["waiting", "blocked"].contains($0.state) }
                return tasks.isEmpty ? nil : tasks
            }

            #expect(try await fleet.cli("olt", "operation", "disable", olt.name, "get.status").status == .code(0))
            let since = ContinuousClock.now
            try await eventually("they are cancelled", within: .seconds(5)) {
                for task in waiting where try await fleet.task(task.id).state != "cancelled" { return false }
                return true
            }
            let plan = try await eventually("the plan is without it", within: .seconds(5)) {
                let plan = try await fleet.api.get(APIPath.oltPlan(olt.name), as: PlanShape.self)
                let open = plan.periods.flatMap(\.slots).filter {
                    $0.operation == "get.status" && ["planned", "running"].contains($0.state)
                }
                return open.isEmpty ? plan : nil
            }
            #expect(ContinuousClock.now - since < .seconds(5))

            #expect(plan.periods.flatMap(\.slots).contains { $0.operation == "discovery" })
            let quota = try #require(plan.periods.flatMap(\.quotas).first { $0.operation == "get.status" })
            #expect(quota.required < 60, "what is not asked any more is not owed: \(quota)")
            let types = try await fleet.decisions(on: olt.name)
            #expect(types.contains("TASK_REMOVED") && types.contains("PLAN_ADJUSTED"), "\(types)")
        }

        @Test("a quota that is missed by half is a violation, HIGH, with its report and its cause")
        func missed() async throws {
            let own = try await OwnFleet.start(workers: 1, extra: Self.hurried)
            let fleet = own.fleet
            let simulator = try await OLTSim.huawei("127.36.2.1", onusPerPort: 2)
            let olt = try await fleet.enter("half", at: "127.36.2.1", simulator, profile: "huawei")
            try await fleet.declare(olt.name, "discovery", "4")
            // The period that it was entered in is not a whole one.
            let begin = try await eventually("a whole period is half done", within: .seconds(150)) {
                let quotas = try await fleet.quotas(olt.name)
                return quotas.first { $0.required == 4 && $0.completed == 2 }?.periodStart
            }
            try await simulator.setFaults(["silent"], at: "127.36.2.1")

            let violation = try await eventually("the violation is told", within: .seconds(90)) {
                let found: Listing<ViolationShape> = try await fleet.cliJSON("violations", "--olt", olt.name)
                return found.items.first { $0.periodStart == begin }
            }
            #expect(violation.severity == "HIGH")
            #expect(violation.completion == 0.5)
            #expect(violation.causes == ["unreachable"])
            let shown: ToldViolation = try await fleet.cliJSON("violations", "show", "\(violation.id)")
            #expect(shown.report.operations == [ToldViolation.Operation(operation: "discovery", required: 4, completed: 2)])
            let log: Listing<CoordinatorLogShape> = try await fleet.api.get("/api/v1/logs/coordinator?type=QUOTA_VIOLATION&level=critical")
            #expect(log.items.contains { $0.olt == olt.name && $0.level == "CRITICAL" })
        }

        @Test(
            "an OLT that is disabled: all attempts end, its device is left alone within three seconds, its lease is free, nobody is blamed"
        )
        func oltDisabled() async throws {
            let own = try await OwnFleet.start(workers: 1, extra: Self.hurried)
            let fleet = own.fleet
            let address = "127.36.3.1"
            let simulator = try await OLTSim.huawei(address, onusPerPort: 64, faults: ["delay=200ms"])
            let olt = try await fleet.enter("leaving", at: address, simulator, profile: "huawei")
            try await fleet.declare(olt.name, "discovery", "4")
            try await fleet.running(1, "snmp.discovery")
            let own1 = try await fleet.submit(#"{"kind":"snmp.get","payload":{"olt":"leaving","columns":["status"]}}"#)
            try await eventually("the device is being asked", within: .seconds(20)) { try await simulator.device(address).requests > 3 }

            #expect(try await fleet.cli("olt", "disable", olt.name).status == .code(0))
            let since = ContinuousClock.now
            try await eventually("every task of it has ended", within: .seconds(6)) {
                try await fleet.tasks(of: olt, kind: nil).allSatisfy { ["cancelled", "succeeded", "dead"].contains($0.state) }
            }
            #expect(try await fleet.task(own1).state == "cancelled")
            try await eventually("three seconds have passed") { ContinuousClock.now - since > .seconds(3) }
            let requests = try await simulator.device(address).requests
            try await eventually("its lease is told free", within: .seconds(15)) {
                try await fleet.decisions(on: olt.name).contains("LEASE_CLEARED")
            }
            #expect(try await simulator.device(address).requests == requests, "nothing is sent three seconds after the order")
            #expect(try await fleet.cli("leases", "show", "olt:\(olt.id)").status == .code(3), "nobody holds it")
            #expect(try await fleet.quotas(olt.name).allSatisfy { $0.status == "INTERRUPTED" })
            let types = try await fleet.decisions(on: olt.name)
            #expect(types.contains("OLT_DISABLED") && types.contains("EXECUTION_ABORTED"), "\(types)")

            #expect(try await fleet.cli("olt", "enable", olt.name).status == .code(0))
            try await fleet.running(1, "snmp.discovery")
            #expect(try await simulator.device(address).overlaps == 0)
        }

        @Test("a leader that is killed is followed within twelve seconds, and the plans go on")
        func leaderKilled() async throws {
            let own = try await OwnFleet.start(workers: 1, extra: Self.hurried)
            let fleet = own.fleet
            let simulator = try await OLTSim.huawei("127.36.4.1", onusPerPort: 2)
            let olt = try await fleet.enter("kept", at: "127.36.4.1", simulator, profile: "huawei")
            try await fleet.declare(olt.name, "get.status", "30")
            try await eventually("it is asked", within: .seconds(60)) { try await fleet.quotas(olt.name).contains { $0.completed > 0 } }
            let before: CoordinatorStatusShape = try await fleet.cliJSON("coordinator", "status")

            own.killOrchestrator()
            let since = ContinuousClock.now
            try await own.startOrchestrator()
            let after = try await eventually("another one leads", within: .seconds(20)) {
                let status = try await fleet.api.get(APIPath.coordinator, as: CoordinatorStatusShape.self)
                return status.term != before.term && status.leader != nil ? status : nil
            }

            #expect(ContinuousClock.now - since < .seconds(12 + 3), "its own start is in it")
            #expect(after.term == before.term.map { $0 + 1 })
            try await eventually("it is asked on", within: .seconds(30)) {
                guard try await fleet.quotas(olt.name).contains(where: { $0.completed > 0 }) else { return false }
                return try await fleet.decisions(on: nil).count { $0 == "LEADER_CHANGED" } >= 2
            }
            #expect(try await simulator.device("127.36.4.1").overlaps == 0)
        }
    }
}

/// What `violations show --json` tells, as far as the test asks.
private struct ToldViolation: Decodable {
    struct Operation: Decodable, Equatable {
        let operation: String
        let required: Int
        let completed: Int
    }

    struct Report: Decodable {
        let operations: [Operation]
    }

    let report: Report
}

extension Fleet {
    func declare(_ olt: String, _ operation: String, _ perHour: String) async throws {
        let finished = try await cli("olt", "operation", "set", olt, operation, "--per-hour", perHour)
        guard finished.status == .code(0) else { throw NotAsExpected("\(finished)") }
    }

    func tasks(of olt: OLTShape, kind: String?) async throws -> [TaskShape] {
        let query = kind.map { "&kind=\($0)" } ?? ""
        let list: Listing<TaskShape> = try await api.get("/api/v1/tasks?limit=200\(query)")
        return list.items.filter { $0.exclusionKey == "olt:\(olt.id)" }
    }

    /// Waits until so many tasks of a kind run.
    func running(_ count: Int, _ kind: String) async throws {
        try await eventually("\(kind) runs", within: .seconds(60)) {
            try await workers().flatMap(\.running).count { $0.kind == kind } >= count
        }
    }

    func quotas(_ olt: String) async throws -> [QuotaShape] {
        let list: Listing<QuotaShape> = try await cliJSON("quotas", "--olt", olt)
        return list.items
    }

    /// Types of decisions, newest first.
    func decisions(on olt: String?) async throws -> [String] {
        let query = olt.map { "?olt=\($0)&limit=200" } ?? "?limit=200"
        let list: Listing<CoordinatorLogShape> = try await api.get("/api/v1/logs/coordinator\(query)")
        return list.items.map(\.type)
    }
}
