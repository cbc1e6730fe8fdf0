import Synchronization
import TestSupport
import Testing

@testable import SNMP

@Suite("The engine against a device that misbehaves", .timeLimit(.minutes(2)))
struct EngineFaultTests {
    private let root: OID = [1, 3, 6, 1, 4, 1, 99, 1]
    private let name: OID = [1, 3, 6, 1, 4, 1, 99, 1, 0]

    private func walk(
        _ rows: Int = 100,
        limits: DeviceLimits = .quick,
        script: @escaping ScriptedAgent.Script
    ) async throws -> (result: WalkResult, counters: SNMPCounters, requests: [AgentRequest]) {
        let agent = try ScriptedAgent(column(root, rows), script: script)
        defer { agent.stop() }
        return try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: limits)
            let result = await engine.walk(device, from: root)
            try await eventually("all is read") { await engine.isQuiet(device) }
            return (result, await engine.counters, agent.requests)
        }
    }

    @Test("lost datagrams are asked for again and the walk is complete")
    func loss() async throws {
        let (result, counters, requests) = try await walk { request, table in
            request.order % 3 == 0 ? [] : table.answer(request)
        }

        #expect(result.end == .complete)
        #expect(result.rows.map(\.name) == column(root, 100).map(\.name))
        #expect(counters.timeouts > 0 && counters.retries == counters.timeouts)
        #expect(Set(requests.map(\.id)).count == requests.count, "a try again has an id of its own")
    }

    @Test("a silent device is asked once and three times again, then refused")
    func silence() async throws {
        let (result, counters, requests) = try await walk { _, _ in [] }

        #expect(result.end == .refused(.timedOut(attempts: 4)))
        #expect(requests.count == 4)
        #expect(counters.requests == 4 && counters.timeouts == 4 && counters.answers == 0)
    }

    @Test("a device that was silent is asked twice at most until it answers again")
    func lightProbe() async throws {
        let answers = Mutex(false)
        let agent = try ScriptedAgent(column(root, 1)) { request, table in answers.withLock { $0 } ? table.answer(request) : [] }
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .quick)
            await #expect(throws: SNMPError.timedOut(attempts: 4)) { try await engine.get(device, [name]) }
            await #expect(throws: SNMPError.timedOut(attempts: 2)) { try await engine.get(device, [name]) }
            #expect(await engine.walk(device, from: root).end == .refused(.timedOut(attempts: 2)))

            answers.withLock { $0 = true }
            _ = try await engine.get(device, [name])
            answers.withLock { $0 = false }

            await #expect(throws: SNMPError.timedOut(attempts: 4)) { try await engine.get(device, [name]) }
        }
    }

    @Test("a device that falls silent leaves a partial walk")
    func fallsSilent() async throws {
        let (result, _, _) = try await walk { request, table in request.order < 2 ? table.answer(request) : [] }

        #expect(result.end == .partial(.timedOut(attempts: 4)))
        #expect(result.rowCount > 0 && result.rowCount < 100)
    }

    @Test("duplicates are counted and dropped")
    func duplicates() async throws {
        let (result, counters, _) = try await walk(limits: .honest) { request, table in table.answer(request) + table.answer(request) }

        #expect(result.end == .complete)
        #expect(result.rowCount == 100)
        #expect(counters.duplicates > 0 && counters.mismatched == 0)
    }

    @Test("late answers, also out of order, are counted, dropped and taken as a sign of slowness")
    func late() async throws {
        let held = Mutex<[[UInt8]]>([])
        let (result, counters, _) = try await walk(40) { request, table in
            held.withLock { held in
                if request.order.isMultiple(of: 4) {
                    held += table.answer(request)
                    return []
                }
                defer { held = [] }
                return held + table.answer(request)
            }
        }

        #expect(result.end == .complete)
        #expect(result.rows.map(\.name) == column(root, 40).map(\.name))
        #expect(counters.late > 0 && counters.late == counters.timeouts)
    }

    @Test("answers with an id that was never used do not count")
    func wrongID() async throws {
        let (result, counters, _) = try await walk { request, table in
            [AgentTable.message(to: request, rows: table.honestRows(request), id: (request.id + 77) & 0x7fff_ffff)]
        }

        #expect(result.end == .refused(.timedOut(attempts: 4)))
        #expect(result.rowCount == 0)
        #expect(counters.mismatched == 4)
    }

    @Test(
        "what is no answer of this version does not count",
        arguments: ["other version", "a request", "a report", "truncated", "noise", "empty", "promise of 4 GB"]
    )
    func nonsense(kind: String) async throws {
        let (result, counters, _) = try await walk { request, table in
            let honest = AgentTable.message(to: request, rows: table.honestRows(request))
            return switch kind {
            case "other version": [AgentTable.message(to: request, rows: [], version: 0)]
            case "a request": [AgentTable.message(to: request, rows: [], pdu: 0xA0)]
            case "a report": [AgentTable.message(to: request, rows: [], pdu: 0xA8)]
            case "truncated": [Array(honest.dropLast(7))]
            case "noise": [(0..<300).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ request.order) }]
            case "empty": [[]]
            default: [[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x02, 0x01, 0x01]]
            }
        }

        #expect(result.end == .refused(.malformed(attempts: 4)) || (kind == "empty" && result.end == .refused(.timedOut(attempts: 4))))
        #expect(counters.answers == 0)
    }

    @Test("noise before the answer does no harm")
    func noiseFirst() async throws {
        let (result, counters, _) = try await walk(limits: .honest) { request, table in [[0x30, 0x03, 0x02, 0x01]] + table.answer(request) }

        #expect(result.end == .complete)
        #expect(result.rowCount == 100)
        #expect(counters.timeouts == 0)
    }

    @Test("a device that goes round in circles is stopped and both names are told")
    func circles() async throws {
        let root = root
        let (result, _, _) = try await walk { request, table in
            let rows = table.honestRows(request)
            return [AgentTable.message(to: request, rows: request.order < 3 ? rows : column(root, 5))]
        }

        guard case .partial(.notIncreasing(let previous, let next)) = result.end else {
            return #expect(Bool(false), "ended as \(result.end)")
        }
        #expect(next == root.appending([0]))
        #expect(!(previous < next))
    }

    @Test("a device that cannot fit more than six rows is asked for fewer, and remembered so in the next session")
    func tooBig() async throws {
        let agent = try ScriptedAgent(column(root, 100)) { request, table in
            let rows = table.honestRows(request)
            return [rows.count > 6 ? AgentTable.message(to: request, rows: [], status: 1) : AgentTable.message(to: request, rows: rows)]
        }
        defer { agent.stop() }
        try await withEngine { engine in
            var device = try await engine.open(agent.target(), limits: .honest)
            let first = await engine.walk(device, from: root)
            #expect(first.end == .complete)
            #expect(first.rowCount == 100)
            #expect(await engine.counters.tooBig > 0)
            await engine.close(device)

            let before = agent.requests.count
            device = try await engine.open(agent.target(), limits: .honest)
            let second = await engine.walk(device, from: root)

            #expect(second.end == .complete)
            #expect(agent.requests[before].repetitions <= 6)
        }
    }

    @Test("a device that drops what grows over twelve rows is asked for fewer")
    func silentDrop() async throws {
        let (result, _, _) = try await walk { request, table in request.repetitions > 12 ? [] : table.answer(request) }

        #expect(result.end == .complete)
        #expect(result.rowCount == 100)
    }

    @Test("errors of the device are told with their number")
    func agentErrors() async throws {
        let (result, _, _) = try await walk { request, _ in [AgentTable.message(to: request, rows: [], status: 16)] }
        #expect(result.end == .refused(.agent(status: 16)))

        let agent = try ScriptedAgent { request, _ in [AgentTable.message(to: request, rows: [], status: 5, index: 1)] }
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .quick)
            await #expect(throws: SNMPError.agent(status: 5, name: name)) { try await engine.get(device, [name]) }
        }
    }

    @Test("an answer about other names than asked does not count")
    func otherNames() async throws {
        let agent = try ScriptedAgent { request, _ in
            [AgentTable.message(to: request, rows: [VarBind(name: [1, 3, 9], value: .integer(1))])]
        }
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .quick)
            await #expect(throws: SNMPError.malformed(attempts: 4)) { try await engine.get(device, [name]) }
        }
    }

    @Test("a closed port is told apart from silence")
    func closedPort() async throws {
        let agent = try ScriptedAgent()
        let target = agent.target()
        agent.stop()
        try await withEngine { engine in
            let device = try await engine.open(target, limits: .quick)
            try await eventually("the port is closed") {
                do throws(SNMPError) {
                    _ = try await engine.get(device, [name])
                    return false
                } catch {
                    guard case .unreachable(_, let attempts) = error else { return false }
                    return attempts == 4
                }
            }
        }
    }
}
