import Foundation
import PrivateServers
import TestSupport
import Testing

@testable import SNMP

/// Bad input of version 3: BI-SNMP, items 31 to 34, from an agent made by hand and from a real one behind a liar.
@Suite("Bad input from devices of version 3", .timeLimit(.minutes(2)))
struct HostileSecurityTests {
    private let root: OID = [1, 3, 6, 1, 4, 1, 99, 8]
    private static let phrase = Array("a-long-phrase".utf8)
    private let open = SNMPUser(name: "reader", security: .open)
    private let sealed = SNMPUser(
        name: "reader",
        security: .sealed(.init(.sha1, passphrase: phrase), .init(.aes128, passphrase: phrase))
    )

    private typealias Script = @Sendable (_ request: V3Message, _ order: Int) -> [V3Message]

    /// An agent without users: it tells its engine when that is not named, else follows the script.
    private func agent(knows engine: [UInt8] = V3Message.agentEngine, _ script: @escaping Script) throws -> RawAgent {
        try RawAgent { datagram, order in
            guard let request = V3Message(datagram) else { return [] }
            return (request.engine.isEmpty ? [request.report(4, engine: engine)] : script(request, order)).map(\.encoded)
        }
    }

    private func get(_ user: SNMPUser, _ agent: RawAgent, limits: DeviceLimits = .quick) async throws -> (
        error: SNMPError?, counters: SNMPCounters
    ) {
        defer { agent.stop() }
        return try await withEngine { engine in
            let device = try await engine.open(SNMPTarget(address: "127.0.0.1", port: agent.port, user: user), limits: limits)
            do throws(SNMPError) {
                _ = try await engine.get(device, [root])
                return (nil, await engine.counters)
            } catch {
                return (error, await engine.counters)
            }
        }
    }

    private static func row(_ request: V3Message) -> [VarBind] { request.names.map { VarBind(name: $0, value: .integer(7)) } }

    // MARK: Item 31

    @Test("a plain answer to a sealed request is refused by name")
    func unsecured() async throws {
        let root = root
        let agent = try agent { request, _ in
            // A liar that guesses the request id.
            var answer = request.answer([VarBind(name: root, value: .integer(7))])
            answer.request = request.id
            return [answer]
        }
        let (error, counters) = try await get(sealed, agent)

        #expect(error == .security(.unsecuredAnswer))
        #expect(counters.untrusted > 0 && counters.answers == 0)
    }

    @Test("an answer of another user, or of another engine, is refused by name", arguments: [true, false])
    func foreign(isUser: Bool) async throws {
        let agent = try agent { request, _ in
            var answer = request.answer(Self.row(request), engine: isUser ? V3Message.agentEngine : [1, 2, 3, 4, 5])
            if isUser { answer.user = Array("other".utf8) }
            return [answer]
        }
        #expect(try await get(open, agent).error == .security(.foreignAnswer))
    }

    @Test("a digest that was flipped, cut to one octet, or is missing is refused by name", arguments: ["flipped", "one octet", "missing"])
    func digest(kind: String) async throws {
        let real = try await V3Agents.shared.agent()
        let user = V3User(.sha1, nil)
        let agent = try RawAgent(before: real.port) { answer, _, _ in
            guard var message = V3Message(answer), message.flags & 1 != 0 else { return [answer] }
            switch kind {
            case "flipped": return [answer.dropLast() + [(answer.last ?? 0) ^ 1]]
            case "one octet": message.signature = [0x41]
            default: message.signature = []
            }
            return [message.encoded]
        }
        let (error, counters) = try await get(user.user, agent)

        #expect(error == .security(.forgedAnswer))
        #expect(counters.answers == 0)
    }

    @Test(
        "what a device reports has its own word",
        arguments: zip(
            [UInt32(1), 3, 5, 6, 9],
            [SecurityFault.unsupportedLevel, .unknownUser, .wrongPassword, .wrongPrivacy, .other]
        )
    )
    func reports(object: UInt32, fault: SecurityFault) async throws {
        let agent = try agent { request, _ in [request.report(object)] }
        let (error, counters) = try await get(open, agent, limits: .honest)

        #expect(error == .security(fault))
        #expect(counters.requests == 2, "the probe and one request: a refusal is not asked twice")
    }

    @Test("a context that the device does not have has its own word")
    func context() async throws {
        let agent = try agent { request, _ in [request.report([1, 3, 6, 1, 6, 3, 12, 1, 5, 0])] }
        #expect(try await get(open, agent, limits: .honest).error == .security(.unknownContext))
    }

    // MARK: Item 32

    @Test("a device that goes on to refuse its own clock is asked no more than six times", arguments: [1, 2_147_483_647])
    func clockLoop(boots: Int64) async throws {
        let agent = try RawAgent { datagram, _ in
            guard let request = V3Message(datagram) else { return [] }
            var report = request.report(request.engine.isEmpty ? 4 : 2)
            report.boots = boots
            return [report.encoded]
        }
        let (error, counters) = try await get(open, agent, limits: .honest)

        #expect(error == .security(.clockWindow))
        #expect(counters.requests <= 6)
    }

    @Test("a flood of reports ends the request and nothing else")
    func flood() async throws {
        let agent = try agent { request, _ in Array(repeating: request.report(4), count: 200) }
        let (error, counters) = try await get(open, agent, limits: .honest)

        #expect(error == .security(.unknownEngine))
        // Four, and one more where a busy machine loses some of them.
        #expect(counters.requests <= 8)
    }

    @Test("an engine id that changes in mid-walk is followed, and no row is lost")
    func engineChange() async throws {
        let rows = column(root, 60)
        let second: [UInt8] = [0x80, 0, 0, 0, 9, 9, 9, 9]
        let agent = try agent { request, order in
            let engine = order < 3 ? V3Message.agentEngine : second
            guard request.engine == engine else { return [request.report(4, engine: engine)] }
            let from = rows.firstIndex { request.names[0] < $0.name } ?? rows.count
            let page = Array(rows[from..<min(from + 10, rows.count)])
            return [request.answer(page.isEmpty ? [VarBind(name: request.names[0], value: .endOfMibView)] : page, engine: engine)]
        }
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(SNMPTarget(address: "127.0.0.1", port: agent.port, user: open), limits: .honest)

            let result = await engine.walk(device, from: root)

            #expect(result.end == .complete)
            #expect(Array(result.rows) == rows)
        }
    }

    @Test("an engine id that is empty or too long is none", arguments: [0, 33, 64])
    func engineID(count: Int) async throws {
        let agent = try RawAgent { datagram, _ in
            V3Message(datagram).map { [$0.report(4, engine: Array(repeating: 7, count: count)).encoded] } ?? []
        }
        #expect(try await get(open, agent).error == .malformed(attempts: 4))
    }

    // MARK: Item 34 and what is no message

    @Test("a message size that cannot be is malformed, the smallest one is fine", arguments: [0, 483, 484, 2_147_483_647, 2_147_483_648])
    func sizes(size: Int64) async throws {
        let agent = try agent { request, _ in
            var answer = request.answer(Self.row(request))
            answer.sizeMax = size
            return [answer]
        }
        let isFine = (484...2_147_483_647).contains(size)
        let limits = isFine ? DeviceLimits.honest : .quick
        #expect(try await get(open, agent, limits: limits).error == (isFine ? nil : .malformed(attempts: 4)))
    }

    @Test(
        "another security model, flags that contradict themselves and another message id do not count",
        arguments: ["model", "flags", "id"]
    )
    func heads(kind: String) async throws {
        let agent = try agent { request, _ in
            var answer = request.answer(Self.row(request))
            switch kind {
            case "model": answer.model = 4
            case "flags": answer.flags = 2
            default: answer.id += 1
            }
            return [answer]
        }
        #expect(try await get(open, agent).error == (kind == "id" ? .security(.silence) : .malformed(attempts: 4)))
    }

    @Test("a sealed answer cut at every octet is never taken for a whole one")
    func truncated() async throws {
        let real = try await V3Agents.shared.agent()
        let user = V3User(.sha256, .aes128)
        let agent = try RawAgent(before: real.port) { answer, _, _ in answer.indices.map { Array(answer.prefix($0)) } + [answer] }
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(SNMPTarget(address: "127.0.0.1", port: agent.port, user: user.user), limits: .honest)

            let answer = try await engine.get(device, [[1, 3, 6, 1, 2, 1, 1, 5, 0]])

            #expect(answer.first?.value.text == real.systemName)
            #expect(await engine.counters.malformed > 100)
            #expect(await engine.counters.timeouts == 0)
        }
    }

    @Test("a sealed answer with any octet changed is not believed")
    func changed() async throws {
        let real = try await V3Agents.shared.agent()
        let user = V3User(.sha256, .aes128)
        let agent = try RawAgent(before: real.port) { answer, request, _ in
            guard V3Message(answer)?.flags == 3 else { return [answer] }
            return answer.indices.map { place in
                var changed = answer
                changed[place] ^= 0x10
                return changed
            }
        }
        let (error, counters) = try await get(user.user, agent, limits: .patient)

        #expect(error != nil)
        #expect(counters.answers == 0)
    }
}
