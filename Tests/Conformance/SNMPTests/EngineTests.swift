import Logging
import Reactor
import Synchronization
import TestSupport
import Testing

@testable import SNMP

@Suite("The engine", .timeLimit(.minutes(2)))
struct EngineTests {
    private let root: OID = [1, 3, 6, 1, 4, 1, 99, 2]
    private let name: OID = [1, 3, 6, 1, 4, 1, 99, 2, 0]

    @Test("every kind of value arrives as the device sent it", arguments: [SNMPVersion.v1, .v2c])
    func values(version: SNMPVersion) async throws {
        let values = RowsTests.values.filter { $0.isPresent && (version == .v2c || !isNewer($0)) }
        let rows = column(root, values.count) { values[$0] }
        let agent = try ScriptedAgent(rows)
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(version: version), limits: .honest)

            #expect(try await engine.get(device, rows.map(\.name)) == rows)
            #expect(Array(await engine.walk(device, from: root).rows) == rows)
        }
    }

    private func isNewer(_ value: SNMPValue) -> Bool {
        if case .counter64 = value { true } else { false }
    }

    @Test("names that do not fit into one message are asked in several")
    func longNames() async throws {
        let names = (0..<150).map { OID([1, 3] + Array(repeating: UInt32.max, count: 125) + [UInt32($0)]) }
        let rows = names.map { VarBind(name: $0, value: .integer(Int32($0.arcs[127]))) }
        let agent = try ScriptedAgent(rows)
        defer { agent.stop() }
        var limits = DeviceLimits.honest
        limits.namesPerGet = 150
        try await withEngine { [limits] engine in
            let device = try await engine.open(agent.target(), limits: limits)

            #expect(try await engine.get(device, names) == rows)
            #expect(agent.requests.count > 1)
        }
    }

    @Test("what a device does not have is told per name")
    func absent() async throws {
        let agent = try ScriptedAgent(column(root, 1))
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .honest)
            let absent = root.appending([7])

            let answer = try await engine.get(device, [absent, name])

            #expect(answer == [VarBind(name: absent, value: .noSuchInstance), VarBind(name: name, value: .gauge(0))])
            #expect(await engine.walk(device, from: [1, 3, 6, 1, 5]).end == .complete)
        }
    }

    @Test("a walk of a megabyte of rows that are not text is complete and true to the octet")
    func large() async throws {
        let rows = column(root, 20_000) { index in .octets([0xff, 0xfe] + (0..<58).map { UInt8(truncatingIfNeeded: $0 &* index) }) }
        let agent = try ScriptedAgent(rows)
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .honest)

            let result = await engine.walk(device, from: root)

            #expect(result.end == .complete)
            #expect(result.rows.byteCount > 1 << 20)
            #expect(result.rows.elementsEqual(rows))
            #expect(result.requests < 20_000 / 20)
        }
    }

    @Test("pages are handed over in order and hold what a collected walk holds")
    func pages() async throws {
        let rows = column(root, 500)
        let agent = try ScriptedAgent(rows)
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .honest)
            let pages = Mutex<[[VarBind]]>([])

            let result = await engine.walk(device, from: root, onPage: { page in pages.withLock { $0.append(Array(page)) } })

            #expect(result.end == .complete)
            #expect(result.rowCount == 500 && result.rows.isEmpty)
            #expect(pages.withLock { $0.flatMap(\.self) } == rows)
            #expect(pages.withLock { $0.count } > 10)
        }
    }

    @Test("several columns of different lengths come whole in one walk")
    func columns() async throws {
        let left = column(root.appending([1]), 70)
        let right = column(root.appending([2]), 110)
        let agent = try ScriptedAgent(left + right)
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .honest)

            let result = await engine.walk(device, columns: [root.appending([1]), root.appending([2])])

            #expect(result.end == .complete)
            #expect(result.rows.sorted { $0.name < $1.name } == left + right)
        }
    }

    @Test("once the guard refuses nothing more is sent, tries again included")
    func guarded() async throws {
        let agent = try ScriptedAgent(column(root, 1000)) { request, table in request.order < 5 ? table.answer(request) : [] }
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .quick)
            let asked = Mutex(0)

            let result = await engine.walk(
                device,
                from: root,
                guard: { _ in
                    asked.withLock { asked in
                        asked += 1
                        return asked > 6 ? .leaseNearlyOver : nil
                    }
                }
            )

            #expect(result.end == .partial(.notSent(.leaseNearlyOver)))
            #expect(agent.requests.count == 6)
            #expect(asked.withLock { $0 } == 7)
            await #expect(throws: SNMPError.notSent(.stopped)) { try await engine.get(device, [name], guard: { _ in .stopped }) }
            #expect(agent.requests.count == 6)
        }
    }

    @Test("requests of one device go one at a time, in their order, and no more than its queue holds wait")
    func oneAtATime() async throws {
        let agent = try ScriptedAgent { _, _ in [] }
        defer { agent.stop() }
        var limits = DeviceLimits.patient
        limits.timeoutStart = .seconds(1)
        limits.queueMax = 3
        try await withEngine { [limits] engine in
            let device = try await engine.open(agent.target(), limits: limits)
            let outcomes = await withTaskGroup(of: SNMPError?.self) { group in
                for index in 0..<6 {
                    group.addTask {
                        do throws(SNMPError) {
                            _ = try await engine.get(device, [OID([1, 3, UInt32(index)])])
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }

            #expect(outcomes.count(where: { $0 == .timedOut(attempts: 1) }) == 4)
            #expect(outcomes.count(where: { $0 == .busy(waiting: 3) }) == 2)
            #expect(agent.requests.count == 4)
        }
    }

    @Test("no more requests than the process may have are under way, the other devices wait for a slot")
    func slots() async throws {
        var settings = SNMPSettings()
        settings.inFlightMax = 2
        let agent = try ScriptedAgent { _, _ in [] }
        defer { agent.stop() }
        var limits = DeviceLimits.patient
        // One address stands for four.
        limits.inFlightMax = 4
        try await withEngine(settings) { [name, limits] engine in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    let device = try await engine.open(agent.target(), limits: limits)
                    group.addTask {
                        await #expect(throws: SNMPError.timedOut(attempts: 1)) { try await engine.get(device, [name]) }
                    }
                }
                try await eventually("all wait") {
                    let load = await engine.load
                    #expect(load.inFlight <= 2)
                    return load.inFlight == 2 && load.waiting == 2
                }
                try await group.waitForAll()
            }
            #expect(await engine.load == (0, 0))
            #expect(agent.requests.count == 4)
        }
    }

    @Test("a device is asked no more often than its rate")
    func rate() async throws {
        let agent = try ScriptedAgent(column(root, 1))
        defer { agent.stop() }
        var limits = DeviceLimits.honest
        limits.requestsPerSecond = 20
        try await withEngine { [limits] engine in
            let device = try await engine.open(agent.target(), limits: limits)
            let began = ContinuousClock().now

            for _ in 0..<24 { _ = try await engine.get(device, [name]) }

            #expect(began.duration(to: ContinuousClock().now) >= .milliseconds(990), "24 requests, 4 of them a burst")
        }
    }

    @Test("a request that is cancelled under way answers at once, and the device stays occupied for the datagram's life")
    func cancelUnderWay() async throws {
        let agent = try ScriptedAgent(column(root, 1)) { request, table in request.order == 0 ? [] : table.answer(request) }
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .patient)
            // Unstructured: the test cancels it.
            let asking = Task { try await engine.get(device, [name]) }
            try await eventually("it is under way") { agent.requests.count == 1 }

            asking.cancel()
            await #expect(throws: SNMPError.cancelled) { try await asking.value }
            let quietAtOnce = await engine.isQuiet(device)
            let next = try await engine.get(device, [name])

            #expect(!quietAtOnce)
            #expect(next.map(\.value) == [.gauge(0)])
            #expect(agent.requests.count == 2, "no try again for a request that was given up")
            #expect(await engine.counters.cancelled == 1)
        }
    }

    @Test("requests cancelled before they are sent are never sent")
    func cancelWaiting() async throws {
        let agent = try ScriptedAgent { _, _ in [] }
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .patient)
            // Unstructured: the test cancels some of them.
            let first = Task { try await engine.get(device, [name]) }
            try await eventually("the first is under way") { agent.requests.count == 1 }
            // Unstructured: as above.
            let walk = Task { await engine.walk(device, from: root) }
            walk.cancel()
            // Unstructured: as above.
            let born = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await engine.get(device, [name])
            }

            #expect(await walk.value.end == .partial(.cancelled))
            await #expect(throws: SNMPError.cancelled) { try await born.value }
            await #expect(throws: SNMPError.timedOut(attempts: 1)) { try await first.value }
            #expect(agent.requests.count == 1)
        }
    }

    @Test("closing a session ends what is under way and what waits, and the number is not valid any more")
    func closing() async throws {
        let agent = try ScriptedAgent { _, _ in [] }
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .patient)
            // Unstructured: they end when the session is closed.
            let asking = (0..<5).map { _ in Task { try await engine.get(device, [name]) } }
            try await eventually("one is under way") { await engine.load.inFlight == 1 }

            await engine.close(device)

            for task in asking { await #expect(throws: SNMPError.closed) { try await task.value } }
            await #expect(throws: SNMPError.closed) { try await engine.get(device, [name]) }
            #expect(await engine.walk(device, from: root).end == .refused(.closed))
            #expect(await engine.load == (0, 0))
        }
    }

    @Test("version 1 walks by GETNEXT and cuts unknown names out of a GET")
    func versionOne() async throws {
        let rows = column(root, 20)
        let agent = try ScriptedAgent(rows) { request, table in
            let answer = table.honestRows(request)
            guard let bad = answer.firstIndex(where: { !$0.value.isPresent }) else { return table.answer(request) }
            let asked = request.names.map { VarBind(name: $0, value: .null) }
            return [AgentTable.message(to: request, rows: asked, status: 2, index: Int64(bad + 1))]
        }
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(version: .v1), limits: .honest)
            let unknown: OID = [1, 3, 6, 1, 4, 1, 99, 3, 0]

            let walk = await engine.walk(device, from: root)
            let got = try await engine.get(device, [rows[3].name, unknown, rows[4].name])

            #expect(walk.end == .complete)
            #expect(Array(walk.rows) == rows)
            #expect(agent.requests.prefix(21).allSatisfy { $0.operation == 0xA1 && $0.version == 0 })
            #expect(got == [rows[3], VarBind(name: unknown, value: .noSuchObject), rows[4]])
        }
    }

    @Test("an address that is not numeric is refused without asking anybody", arguments: ["localhost", "", "127.0.0", "udp:127.0.0.1"])
    func badAddress(address: String) async throws {
        try await withEngine { engine in
            await #expect(throws: SNMPError.badAddress(address)) {
                try await engine.open(SNMPTarget(address: address, community: []))
            }
        }
    }

    @Test("a session that was closed with a datagram under way makes the next one wait for the end of its life")
    func closedInFlight() async throws {
        let agent = try ScriptedAgent(column(root, 1)) { request, table in request.order == 0 ? [] : table.answer(request) }
        defer { agent.stop() }
        var limits = DeviceLimits.patient
        limits.timeoutStart = .seconds(1)
        try await withEngine { [limits] engine in
            let first = try await engine.open(agent.target(), limits: limits)
            let began = ContinuousClock().now
            // Unstructured: it ends when the session is closed.
            let asking = Task { try await engine.get(first, [name]) }
            try await eventually("it is under way") { agent.requests.count == 1 }
            let wasQuiet = await engine.close(first)
            await #expect(throws: SNMPError.closed) { try await asking.value }

            let second = try await engine.open(agent.target(), limits: limits)
            _ = try await engine.get(second, [name])

            #expect(!wasQuiet)
            #expect(began.duration(to: ContinuousClock().now) >= .seconds(1))
            #expect(await engine.close(second))
        }
    }

    @Test("names that BER cannot spell are refused before anything is sent", arguments: [OID([]), [3, 1], [1, 40], [0, 40, 1]])
    func badNames(bad: OID) async throws {
        let agent = try ScriptedAgent()
        defer { agent.stop() }
        try await withEngine { engine in
            let device = try await engine.open(agent.target(), limits: .honest)

            await #expect(throws: SNMPError.badName(bad)) { try await engine.get(device, [name, bad]) }
            #expect(await engine.walk(device, from: bad).end == .refused(.badName(bad)))
            #expect(await engine.walk(device, columns: []).end == .refused(.noColumns))
            #expect(agent.requests.isEmpty)
        }
    }

    @Test("a second thread is refused while the first has sessions open")
    func oneThread() async throws {
        try await withEngine { engine in
            _ = try await engine.open(SNMPTarget(address: "127.0.0.1", port: 9, community: []))
            await withReactor(name: "second") { reactor in
                let second = SNMPEngine(reactor: reactor, logger: Logger(label: "second"))
                await #expect(throws: SNMPError.otherThread) {
                    try await second.open(SNMPTarget(address: "127.0.0.1", port: 9, community: []))
                }
                await second.closeAll()
            }
        }
    }
}
