import TestSupport
import Testing

@testable import SNMP

@Suite("Columns that a device does not have", .timeLimit(.minutes(1)))
struct MissingColumnTests {
    private let listing: OID = [1, 3, 6, 1, 4, 1, 99, 3, 1]
    private let optics: OID = [1, 3, 6, 1, 4, 1, 99, 3, 2]
    private let sysObjectID: OID = [1, 3, 6, 1, 2, 1, 1, 2, 0]
    private let remember = WalkOptions(missing: .remember)

    private func agent(_ identity: OID = [1, 3, 6, 1, 4, 1, 99]) throws -> ScriptedAgent {
        try ScriptedAgent(column(listing, 5) + [VarBind(name: sysObjectID, value: .oid(identity))])
    }

    @Test("are not asked again, and the walk says which; other columns go on being asked")
    func remembered() async throws {
        let agent = try agent()
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .honest)
            let first = await engine.walk(device, columns: [listing, optics], options: remember)
            #expect(first.end == .complete && first.empty == [optics] && first.skipped.isEmpty)
            #expect(await engine.isKnownMissing(optics, of: device))
            let asked = agent.requests.count

            let alone = await engine.walk(device, from: optics, options: remember)
            #expect(alone.end == .complete && alone.rowCount == 0 && alone.requests == 0 && alone.skipped == [optics])
            #expect(agent.requests.count == asked)

            let second = await engine.walk(device, columns: [listing, optics], options: remember)
            #expect(second.rowCount == 5 && second.skipped == [optics] && second.empty.isEmpty)
            #expect(agent.requests[asked...].allSatisfy { $0.names.count == 1 })
        }
    }

    @Test("are asked where emptiness may be true, and when a person asks")
    func asked() async throws {
        let agent = try agent()
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .honest)
            _ = await engine.walk(device, from: optics)
            #expect(await !engine.isKnownMissing(optics, of: device))
            _ = await engine.walk(device, from: optics, options: remember)

            #expect(await engine.walk(device, from: optics).requests == 1)
            #expect(await engine.walk(device, from: optics, options: WalkOptions(missing: .askAgain)).requests == 1)
            #expect(await engine.walk(device, from: optics, options: remember).requests == 0)
        }
    }

    @Test("are asked again with other credentials, after an order, and when the device says it is another one")
    func forgotten() async throws {
        let (old, new) = (try agent(), try agent([1, 3, 6, 1, 4, 1, 98]))
        defer { new.stop() }
        try await withEngine { engine in
            var device = try await engine.open(old.target(), limits: .honest)
            _ = await engine.walk(device, from: optics, options: remember)
            await engine.forgetMissing(device)
            #expect(await engine.walk(device, from: optics, options: remember).requests == 1)
            #expect(await engine.walk(device, from: optics, options: remember).requests == 0)

            await engine.close(device)
            let other = SNMPTarget(address: "127.0.0.1", port: old.port, community: Array("public".utf8), revision: 1)
            device = try await engine.open(other, limits: .honest)
            #expect(await engine.walk(device, from: optics, options: remember).requests == 1)
            old.stop()

            let identified = try await engine.open(new.target(), limits: .honest)
            _ = try await engine.get(identified, [sysObjectID])
            _ = await engine.walk(identified, from: optics, options: remember)
            _ = try await engine.get(identified, [sysObjectID])
            #expect(await engine.isKnownMissing(optics, of: identified))
            await engine.pretendIdentity(of: identified, .oid([1, 3, 6, 1, 4, 1, 97]))
            _ = try await engine.get(identified, [sysObjectID])
            #expect(await !engine.isKnownMissing(optics, of: identified))
        }
    }

    @Test("are remembered for a day, and no more than a bounded number")
    func bounded() {
        let now = ContinuousClock.now
        var missing = MissingColumns()
        for arc in 0..<UInt32(MissingColumns.most + 10) { missing.note([1, 3, arc], now: now) }

        let count = missing.count
        let within = missing.contains([1, 3, 0], now: now + .seconds(86_399))
        let after = missing.contains([1, 3, 0], now: now + .seconds(86_401))
        missing.note([1, 3, 9_999], now: now + .seconds(86_401))
        let next = missing.contains([1, 3, 9_999], now: now + .seconds(86_402))
        #expect(count == MissingColumns.most)
        #expect(within && !after && next)
    }

    @Test("two sessions with one device take turns, with one datagram under way")
    func turns() async throws {
        let agent = try ScriptedAgent(column(listing, 200))
        defer { agent.stop() }
        var limits = DeviceLimits.honest
        limits.repetitionsMax = 5
        limits.repetitionsStart = 5
        try await withEngine { [limits] engine in
            let first = try await engine.open(agent.target(), limits: limits)
            let second = try await engine.open(agent.target(), limits: limits)

            async let left = engine.walk(first, from: listing)
            async let right = engine.walk(second, from: listing)
            #expect(await left.end == .complete)
            #expect(await right.end == .complete)

            // Both walks ask for the same names: in turns, each name comes twice before the next one comes.
            let cursors = agent.requests.map { $0.names[0] }
            #expect(cursors.count == 82)
            #expect(zip(cursors.dropFirst(2), cursors.dropFirst(4)).allSatisfy { $0 < $1 })
            #expect(await engine.load == (0, 0))
        }
    }
}

extension SNMPEngine {
    /// As if the device had said so before.
    fileprivate func pretendIdentity(of id: SNMPDevice, _ value: SNMPValue) {
        var rows = SNMPRows()
        rows.append(VarBind(name: [1, 3, 6, 1, 2, 1, 1, 2, 0], value: value))
        devices[id]?.memory.told(rows)
        devices[id]?.memory.missing.note([1, 3, 6, 1, 4, 1, 99, 3, 2], now: clock.now)
    }
}
