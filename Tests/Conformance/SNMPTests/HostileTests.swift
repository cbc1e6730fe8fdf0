import Foundation
import Synchronization
import TestSupport
import Testing

@testable import SNMP

/// Everything of BI-SNMP that versions 1 and 2c know; version 3 is in `HostileSecurityTests`.
@Suite("Bad input from devices", .timeLimit(.minutes(3)))
struct HostileTests {
    static let rowsMax = 2_000
    private let root = Hostile.root

    /// What a walk may take: four attempts with their pauses, and much room.
    private var budget: Duration { .seconds(8) * patience }

    private func table() -> [VarBind] { column(root, 40) }

    @Test("ends within its budget, for a reason that has a name, and the next device on the thread is not held up", arguments: Hostile.all)
    func ends(hostile: Hostile) async throws {
        let agent = try ScriptedAgent(table(), script: hostile.script)
        let neighbour = try ScriptedAgent(table())
        defer {
            agent.stop()
            neighbour.stop()
        }
        // Short waits only where nothing good comes: a busy machine may be slow to answer.
        let isGood = hostile.ends(.complete) && !hostile.ends(.refused(.malformed(attempts: 1)))
        var limits = isGood ? DeviceLimits.honest : .quick
        if !hostile.ends(.complete) { limits.retries = 1 }
        try await withEngine { [limits] engine in
            let device = try await engine.open(agent.target(), limits: limits)
            let next = try await engine.open(neighbour.target(), limits: .honest)
            let began = ContinuousClock.now

            async let walked = engine.walk(device, from: root, options: WalkOptions(rowsMax: Self.rowsMax))
            let near = await engine.walk(next, from: root)
            let waited = began.duration(to: .now)
            let result = await walked

            #expect(hostile.ends(result.end), "ended as \(result.end)")
            #expect(began.duration(to: .now) < budget)
            #expect(near.end == .complete && near.rowCount == 40)
            #expect(waited < .seconds(2) * patience, "the neighbour waited \(waited)")
            #expect(!"\(result.end)".contains("public"))
        }
    }

    @Test("item 4: an answer cut at every octet is never taken for a whole one")
    func truncated() async throws {
        let answer = Mutex(0)
        let agent = try ScriptedAgent(table()) { request, table in
            let honest = table.answer(request)[0]
            let cut = answer.withLock { count in
                defer { count += 1 }
                return count
            }
            // Each request meets ten cuts, then the whole.
            return (0..<10).map { Array(honest.prefix((cut * 10 + $0) % honest.count)) } + [honest]
        }
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .honest)
            for _ in 0..<40 {
                let result = await engine.walk(device, from: root)
                #expect(result.end == .complete)
                #expect(result.rows.map(\.name) == table().map(\.name))
            }
            #expect(await engine.counters.malformed > 400)
            #expect(await engine.counters.timeouts == 0)
        }
    }

    @Test("item 9: an answer with another community counts, as the standard has it")
    func community() async throws {
        let liar = try RawAgent { datagram, order in
            guard let request = AgentRequest(datagram[...], order: order) else { return [] }
            let row = BER.tagged(0x30, BER.name(request.names[0]) + BER.integer(5))
            let body = BER.integer(request.id) + BER.integer(0) + BER.integer(0) + BER.tagged(0x30, row)
            return [BER.tagged(0x30, BER.integer(1) + BER.tagged(0x04, Array("other".utf8)) + BER.tagged(0xA2, body))]
        }
        defer { liar.stop() }
        try await withEngine { engine in
            let target = SNMPTarget(address: "127.0.0.1", port: liar.port, community: Array("public".utf8))
            let device = try await engine.open(target, limits: .honest)

            #expect(try await engine.get(device, [root]).first?.value == .integer(5))
        }
    }

    @Test("items 11 and 12: the right answer from another port or another address never arrives", arguments: ["127.0.0.1", "127.0.0.2"])
    func spoofed(host: String) async throws {
        let (other, _) = try RawAgent.boundSocket(host)
        defer { close(other) }
        let client = Mutex<UInt16>(0)
        let agent = try ScriptedAgent(table()) { request, table in
            for datagram in table.answer(request) { RawAgent.send(datagram, from: other, to: client.withLock { $0 }) }
            return []
        }
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .quick)
            client.withLock { [port = await engine.localPort(of: device)] in $0 = port }

            #expect(await engine.walk(device, from: root).end == .refused(.timedOut(attempts: 4)))
            let counters = await engine.counters
            #expect(counters.answers == 0 && counters.mismatched == 0 && counters.malformed == 0)
        }
    }

    @Test("items 18 to 20: a get takes exactly the names that it asked for", arguments: ["more", "fewer", "others", "order"])
    func getNames(kind: String) async throws {
        let agent = try ScriptedAgent(table()) { request, table in
            var rows = table.honestRows(request)
            switch kind {
            case "more": rows.append(VarBind(name: [1, 3, 9], value: .integer(1)))
            case "fewer": rows.removeLast()
            case "others": rows[0] = VarBind(name: [1, 3, 9], value: .integer(1))
            default: rows.reverse()
            }
            return [AgentTable.message(to: request, rows: rows)]
        }
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .quick)
            let names = [root.appending([1]), root.appending([2])]

            await #expect(throws: SNMPError.malformed(attempts: 4)) { try await engine.get(device, names) }
        }
    }

    @Test("item 28: odd addresses and item 27: odd octets are handed on as they came")
    func oddValues() async throws {
        let spelled: [[UInt8]] = [
            BER.tagged(0x40, [1, 2, 3]), BER.tagged(0x40, Array(repeating: 9, count: 16)), BER.tagged(4, [0, 0xFF, 13, 10]),
            BER.tagged(4, []), [0x43, 4, 0xFF, 0xFF, 0xFF, 0xFE], [0x41, 5, 0, 0xFF, 0xFF, 0xFF, 0xFF],
        ]
        let agent = try ScriptedAgent(
            script: Hostile.rows { request in
                request.names.enumerated().map { BER.name($1) + spelled[$0] }
            }
        )
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .honest)
            let names = spelled.indices.map { root.appending([UInt32($0)]) }

            let values = try await engine.get(device, names).map(\.value)

            #expect(
                values == [
                    .octets([1, 2, 3]), .octets(Array(repeating: 9, count: 16)), .octets([0, 0xFF, 13, 10]), .octets([]),
                    .ticks(.max - 1), .counter32(.max),
                ]
            )
        }
    }

    @Test("item 35: a device that starts anew in mid-walk goes on or is stopped, but ends")
    func restart() async throws {
        let agent = try ScriptedAgent(table()) { request, table in
            request.order == 2 ? [AgentTable.message(to: request, rows: Array(column(Hostile.root, 3)))] : table.answer(request)
        }
        defer { agent.stop() }
        var limits = DeviceLimits.honest
        limits.repetitionsMax = 5
        try await withEngine { [limits] engine in
            let device = try await engine.open(agent.target(), limits: limits)

            let result = await engine.walk(device, from: root)

            #expect(Hostile.looping(result.end), "ended as \(result.end)")
        }
    }

    @Test("item 36: a device that takes ten seconds for each answer costs its time and nobody else's")
    func slow() async throws {
        let agent = try ScriptedAgent { _, _ in [] }
        let neighbour = try ScriptedAgent(table())
        defer {
            agent.stop()
            neighbour.stop()
        }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .patient)
            let next = try await engine.open(neighbour.target(), limits: .honest)
            // Unstructured: it ends with the session.
            let asking = Task { await engine.walk(device, from: root) }
            try await eventually("it is under way") { await engine.load.inFlight == 1 }

            for _ in 0..<20 { #expect(await engine.walk(next, from: root).end == .complete) }

            #expect(await engine.load.inFlight == 1, "the slow one is still waited for")
            await engine.close(device)
            #expect(await asking.value.end == .refused(.closed))
        }
    }

    @Test("item 37: a thousand devices that answer at once are all heard")
    func burst() async throws {
        let count = 1000 / patience
        let held = Mutex<Int>(0)
        let rows = table()
        let gate = Mutex(false)
        let agent = try ScriptedAgent(rows) { request, table in
            held.withLock { $0 += 1 }
            return gate.withLock { $0 } ? table.answer(request) : []
        }
        defer { agent.stop() }
        var settings = SNMPSettings()
        settings.inFlightMax = count
        var limits = DeviceLimits.honest
        // One address stands for a thousand.
        limits.inFlightMax = count
        limits.timeoutStart = .seconds(2) * patience
        try await withEngine(settings) { [limits] engine in
            var devices: [SNMPDevice] = []
            for _ in 0..<count { devices.append(try await engine.open(agent.target(), limits: limits)) }
            let values = try await withThrowingTaskGroup(of: SNMPValue?.self) { group in
                for device in devices { group.addTask { try await engine.get(device, [rows[7].name]).first?.value } }
                try await eventually("all are under way", within: .seconds(30)) { await engine.load.inFlight == count }
                gate.withLock { $0 = true }
                var values: [SNMPValue?] = []
                for try await value in group { values.append(value) }
                return values
            }

            #expect(values.count == count && values.allSatisfy { $0 == rows[7].value })
        }
    }
}

extension SNMPEngine {
    /// The port that a session asks from.
    fileprivate func localPort(of id: SNMPDevice) -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        guard let descriptor = devices[id]?.session.descriptor else { return 0 }
        let found = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) == 0 }
        }
        return found ? UInt16(bigEndian: address.sin_port) : 0
    }
}
