import Foundation
import PrivateServers
import Reactor
import TestSupport
import Testing

@testable import OLTSimulator
@testable import SNMP

@Suite("The engine against real agents and simulated OLTs", .timeLimit(.minutes(3)))
struct EngineServerTests {
    private let system: OID = [1, 3, 6, 1, 2, 1, 1]
    private let systemName: OID = [1, 3, 6, 1, 2, 1, 1, 5, 0]

    private func target(_ agent: PrivateSNMPD, community: String? = nil, version: SNMPVersion = .v2c) -> SNMPTarget {
        SNMPTarget(
            address: "127.0.0.1",
            port: UInt16(agent.port),
            version: version,
            community: Array((community ?? agent.community).utf8)
        )
    }

    @Test("names and values of snmpd are read", arguments: [SNMPVersion.v1, .v2c])
    func get(version: SNMPVersion) async throws {
        let agent = try await TestServers.shared.snmpd()
        try await withEngine { engine in
            let device = try await engine.open(target(agent, version: version), limits: .honest)

            let answer = try await engine.get(device, [systemName])

            #expect(answer.first?.value.text == agent.systemName)
        }
    }

    @Test(
        "a complete walk of snmpd has the names that the command-line tool finds",
        arguments: ["1.3.6.1.2.1.1", "1.3.6.1.6.3", "1.3.6.1.4.1.8072.1"]
    )
    func sameAsTool(text: String) async throws {
        let agent = try await TestServers.shared.snmpd()
        let root = try #require(OID(text))
        let tool = try await bulkWalk(agent, text)
        #expect(!tool.isEmpty)
        try await withEngine { engine in
            let device = try await engine.open(target(agent), limits: .honest)

            let result = await engine.walk(device, from: root)

            #expect(result.end == .complete)
            #expect(result.rows.map(\.name.description) == tool)
        }
    }

    /// The names that `snmpbulkwalk` prints.
    private func bulkWalk(_ agent: PrivateSNMPD, _ root: String) async throws -> [String] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/snmpbulkwalk")
        process.arguments = ["-v2c", "-c", agent.community, "-m", "", "-On", "-OQ", "-Ot", "127.0.0.1:\(agent.port)", root]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        // A value may run over several lines: names start with a dot and are followed by an equals sign.
        return String(decoding: data, as: UTF8.self).split(separator: "\n").compactMap { line in
            guard line.hasPrefix("."), !line.contains("No more variables"), let end = line.range(of: " = ") else { return nil }
            return OID(line[..<end.lowerBound])?.description
        }
    }

    @Test("a wrong community is silence, and the community is nowhere in the error")
    func wrongCommunity() async throws {
        let agent = try await TestServers.shared.snmpd()
        try await withEngine { engine in
            let device = try await engine.open(target(agent, community: "wr0ng"), limits: .quick)

            let result = await engine.walk(device, from: system)

            #expect(result.end == .refused(.timedOut(attempts: 4)))
            #expect(!"\(result)".contains("wr0ng"))
        }
    }

    @Test("an agent that was killed is refused and one that came back answers in the same session")
    func killedAndBack() async throws {
        let agent = try await TestServers.freshSNMPD()
        try await withEngine { engine in
            let device = try await engine.open(target(agent), limits: .quick)
            _ = try await engine.get(device, [systemName])

            await agent.kill()
            do throws(SNMPError) {
                _ = try await engine.get(device, [systemName])
                #expect(Bool(false), "a dead agent answered")
            } catch {
                #expect(error.retry == .after(.seconds(30)))
            }
            try await agent.start()

            #expect(try await engine.get(device, [systemName]).first?.value.text == agent.systemName)
            #expect(await engine.walk(device, from: system).end == .complete)
        }
        await agent.stop()
    }

    @Test("an agent that is frozen for a moment is asked again and answers")
    func frozen() async throws {
        let agent = try await TestServers.freshSNMPD()
        try await withEngine { engine in
            var limits = DeviceLimits.quick
            limits.retries = 20
            let device = try await engine.open(target(agent), limits: limits)
            await agent.signal(.stop)
            async let answer = engine.get(device, [systemName])
            try await eventually("it is asked again") { await engine.counters.retries > 1 }

            await agent.signal(.resume)

            #expect(try await answer.first?.value.text == agent.systemName)
            try await eventually("the late answers are seen") { await engine.counters.late > 0 }
        }
        await agent.stop()
    }

    // MARK: Simulated OLTs

    @Test("a simulated OLT that loses, doubles, delays and garbles one answer in three is still walked whole")
    func faultyOLT() async throws {
        let address = try #require(DeviceAddress("127.77.0.1"))
        let shape = try GeneratedShape(boards: 1, ports: 1, onus: 40)
        let simulator = try Simulator(
            SimulatorSettings(groups: [.init(addresses: [address], source: .generated(shape))], port: 0)
        )
        try simulator.start()
        defer { simulator.stop() }
        let target = SNMPTarget(address: address.description, port: simulator.port, community: Array("public".utf8))
        let root: OID = [1, 3, 6, 1, 4, 1, 2011, 6, 128, 1, 1, 2, 43]
        try await withEngine { engine in
            var limits = DeviceLimits.quick
            limits.retries = 12
            limits.timeoutMin = .milliseconds(50) * patience
            limits.timeoutMax = .milliseconds(150) * patience
            let device = try await engine.open(target, limits: limits)
            let honest = await engine.walk(device, from: root)
            var faults = Faults()
            faults.loss = 0.06
            faults.duplicate = 0.06
            faults.late = Faults.Late(share: 0.06, by: .milliseconds(100))
            faults.garbage = 0.06
            faults.truncated = 0.06
            faults.wrongID = 0.06
            faults.wrongSource = 0.06
            simulator.setFaults(faults, at: [address])

            #expect(honest.end == .complete && honest.rowCount > 80)
            for _ in 0..<3 {
                let faulty = await engine.walk(device, from: root)
                #expect(faulty.end == .complete)
                #expect(faulty.rows.map(\.name) == honest.rows.map(\.name))
            }
            let counters = await engine.counters
            #expect(counters.malformed > 0 && counters.mismatched > 0)
            let account = simulator.report(of: address)?.account
            #expect(account?.requests == counters.requests)
        }
    }
}
