import Foundation
import PrivateServers
import TestSupport
import Testing

@testable import SNMP

@Suite("Version 3 against a real agent", .timeLimit(.minutes(3)))
struct SecurityServerTests {
    private let systemName: OID = [1, 3, 6, 1, 2, 1, 1, 5, 0]
    private let system: OID = [1, 3, 6, 1, 2, 1, 1]

    // MARK: Every protocol that the agent has

    @Test("what is read equals what snmpbulkwalk reads, row for row, with every pair of protocols", arguments: V3User.every)
    func sameAsTool(user: V3User) async throws {
        let agent = try await V3Agents.shared.agent()
        let tool = try await bulkWalk(agent, user, "1.3.6.1.2.1.1.9")
        #expect(tool.count > 10)
        try await withEngine { engine in
            let device = try await engine.open(user.target(agent), limits: .honest)

            let name = try await engine.get(device, [systemName])
            let walk = await engine.walk(device, from: system.appending([9]))

            #expect(name.first?.value.text == agent.systemName)
            #expect(walk.end == .complete)
            #expect(walk.rows.map { "\($0.name) \(spelled($0.value))" } == tool)
            #expect(await engine.counters.probes == 1)
        }
    }

    /// `name value` of each row that `snmpbulkwalk -v3` prints.
    private func bulkWalk(_ agent: PrivateSNMPD, _ user: V3User, _ root: String) async throws -> [String] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/snmpbulkwalk")
        process.arguments = user.toolArguments + ["-m", "", "-OnUQext", "127.0.0.1:\(agent.port)", root]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        // A value may run over several lines; blanks are the tool's.
        var rows: [String] = []
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            if line.hasPrefix("."), let middle = line.range(of: " = ") {
                rows.append("\(line[..<middle.lowerBound].dropFirst()) \(line[middle.upperBound...].filter { $0 != " " })")
            } else if let last = rows.popLast() {
                rows.append(last + line.filter { $0 != " " })
            }
        }
        return rows
    }

    /// As the tool prints values with `-Oxt`.
    private func spelled(_ value: SNMPValue) -> String {
        switch value {
        case .octets(let octets): "\"" + octets.map { String(format: "%02X", $0) }.joined() + "\""
        case .oid(let oid): ".\(oid)"
        case .ticks(let ticks): "\(ticks)"
        default: "\(value)"
        }
    }

    // MARK: What is wrong has a name

    @Test("a wrong user name, password and level are told apart, after one question each")
    func wrongWords() async throws {
        let agent = try await V3Agents.shared.agent()
        let right = V3User(.sha256, .aes128)
        try await withEngine { engine in
            func expect(_ user: SNMPUser, _ expected: SNMPError) async throws {
                let device = try await engine.open(target(agent, user), limits: .honest)
                do throws(SNMPError) {
                    _ = try await engine.get(device, [systemName])
                    #expect(Bool(false), "\(user) was answered")
                } catch {
                    #expect(error == expected)
                    #expect(!"\(error)".contains("phrase-"), "a secret is in \(error)")
                }
            }
            let wrong = SNMPUser.Authentication(.sha256, passphrase: Array("another-phrase".utf8))
            let otherProtocol = SNMPUser.Authentication(.sha1, passphrase: right.authentication.passphrase)

            try await expect(SNMPUser(name: "nobody", security: right.user.security), .security(.unknownUser))
            try await expect(SNMPUser(name: right.name, security: .signed(wrong)), .security(.wrongPassword))
            try await expect(SNMPUser(name: right.name, security: .signed(otherProtocol)), .security(.wrongPassword))
            try await expect(SNMPUser(name: V3User(nil, nil).name, security: right.user.security), .security(.unsupportedLevel))
            #expect(await engine.counters.timeouts == 0)
        }
    }

    @Test("a wrong privacy password, which the agent meets with silence, is told apart from a dead agent")
    func wrongPrivacy() async throws {
        let agent = try await V3Agents.shared.agent()
        let right = V3User(.sha256, .aes128)
        let wrong = SNMPUser.Privacy(.aes128, passphrase: Array("another-phrase".utf8))
        try await withEngine { engine in
            let user = SNMPUser(name: right.name, security: .sealed(right.authentication, wrong))
            let device = try await engine.open(target(agent, user), limits: .quick)

            await #expect(throws: SNMPError.security(.silence)) { try await engine.get(device, [systemName]) }
            #expect(await engine.walk(device, from: system).end == .refused(.security(.silence)))
        }
    }

    @Test("a user that cannot be is refused before anything is sent")
    func badUsers() async throws {
        let short = SNMPUser.Authentication(.sha1, passphrase: Array("seven77".utf8))
        try await withEngine { engine in
            for user in [
                SNMPUser(name: "", security: .open), SNMPUser(name: String(repeating: "x", count: 33), security: .open),
                SNMPUser(name: "u", security: .signed(short)), SNMPUser(name: "a\0b", security: .open),
            ] {
                do throws(SNMPError) {
                    _ = try await engine.open(SNMPTarget(address: "127.0.0.1", port: 9, user: user))
                    #expect(Bool(false), "\(user) was taken")
                } catch {
                    guard case .badUser = error else { return #expect(Bool(false), "refused as \(error)") }
                    #expect(!"\(error)".contains("seven77"))
                }
            }
            #expect(await engine.sessionCount == 0)
        }
    }

    @Test("neither printing nor reflecting a target shows a passphrase")
    func secrets() {
        let target = SNMPTarget(address: "127.0.0.1", user: V3User(.sha512, .aes256).user)
        var dumped = ""
        dump(target, to: &dumped)
        dump(target.user, to: &dumped)
        #expect(!"\(target) \(String(reflecting: target)) \(dumped)".contains("phrase"))
    }

    // MARK: What changes while we run

    @Test("passwords changed on both sides are used at once, and the old ones are refused")
    func changedPassword() async throws {
        let agents = try V3AgentLine()
        let (old, new) = (V3User(.sha256, .aes128), V3User(.sha256, .aes128, phrase: "fresh"))
        try await withEngine { engine in
            var agent = try await agents.start(users: [old])
            let before = try await engine.open(old.target(agent), limits: .honest)
            #expect(try await engine.get(before, [systemName]).first?.value.text != nil)

            agent = try await agents.start(users: [new])
            let after = try await engine.open(new.target(agent), limits: .honest)

            #expect(try await engine.get(after, [systemName]).first?.value.text != nil)
            await #expect(throws: SNMPError.security(.wrongPassword)) { try await engine.get(before, [systemName]) }
            #expect(try await engine.get(after, [systemName]).first?.value.text != nil)
        }
        await agents.stop()
    }

    @Test("an agent that comes back as another engine is asked on in the same session")
    func changedEngine() async throws {
        let agents = try V3AgentLine()
        let user = V3User(.sha256, .aes128)
        try await withEngine { engine in
            var agent = try await agents.start(users: [user], engine: "0x8000000001020304")
            let device = try await engine.open(user.target(agent), limits: .honest)
            _ = try await engine.get(device, [systemName])

            agent = try await agents.start(users: [user], engine: "0x80000000010203FF")

            #expect(try await engine.get(device, [systemName]).first?.value.text == agent.systemName)
            #expect(await engine.walk(device, from: system).end == .complete)
        }
        await agents.stop()
    }

    @Test("an agent whose boots went back, so that it looks like a replay, is asked on in the same session and in the next")
    func bootsBack() async throws {
        let agents = try V3AgentLine()
        let user = V3User(.sha256, .aes128)
        let engineID = "0x8000000001020305"
        try await withEngine { engine in
            var agent = try await agents.start(users: [user], engine: engineID, boots: 40)
            let device = try await engine.open(user.target(agent), limits: .honest)
            _ = try await engine.get(device, [systemName])
            let boots = try #require(await engine.firstBoots)

            agent = try await agents.start(users: [user], engine: engineID, boots: 2)

            #expect(try await engine.get(device, [systemName]).first?.value.text == agent.systemName)
            await engine.close(device)
            let next = try await engine.open(user.target(agent), limits: .honest)
            let probes = await engine.counters.probes
            #expect(try await engine.get(next, [systemName]).first?.value.text == agent.systemName)
            #expect(await engine.counters.probes == probes, "the engine is remembered")
            let now = try #require(await engine.firstBoots)
            #expect(now < boots)
        }
        await agents.stop()
    }

    @Test("two agents that show one engine id are both named, and both are read")
    func sharedEngine() async throws {
        let (left, right) = (try V3AgentLine(), try V3AgentLine())
        let (first, second) = (V3User(.sha256, .aes128), V3User(.sha256, .aes128, phrase: "other"))
        try await withEngine { engine in
            let one = try await left.start(users: [first], engine: "0x8000000001020306")
            let two = try await right.start(users: [second], engine: "0x8000000001020306")
            let a = try await engine.open(first.target(one), limits: .honest)
            let b = try await engine.open(second.target(two), limits: .honest)

            for _ in 0..<3 {
                #expect(try await engine.get(a, [systemName]).first?.value.text != nil)
                #expect(try await engine.get(b, [systemName]).first?.value.text != nil)
            }

            let shared = try #require(await engine.sharedEngines.first)
            #expect(Set([shared.first, shared.second]) == ["127.0.0.1:\(one.port)", "127.0.0.1:\(two.port)"])
            #expect(shared.hexadecimal == "8000000001020306")
            #expect(await engine.counters.sharedEngines == 1)
        }
        await left.stop()
        await right.stop()
    }

    private func target(_ agent: PrivateSNMPD, _ user: SNMPUser) -> SNMPTarget {
        SNMPTarget(address: "127.0.0.1", port: UInt16(agent.port), user: user)
    }
}

extension SNMPEngine {
    /// Of the one device that was met.
    fileprivate var firstBoots: UInt32? { memories.values.first?.engine?.boots }
}
