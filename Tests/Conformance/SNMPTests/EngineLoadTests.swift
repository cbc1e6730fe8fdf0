import Foundation
import Logging
import SNMPSupport
import Synchronization
import TestSupport
import Testing

@testable import SNMP

@Suite("The engine with many devices", .serialized, .timeLimit(.minutes(3)))
struct EngineLoadTests {
    /// At most 10,000, and what the descriptors allow; fewer where `patience` is asked for, because
    /// the one scripted agent is slowed down with the rest and loses what it cannot take in.
    private func sessions() -> Int {
        min(10_000 / (patience * patience), DescriptorLimit.raised().devices - 1_000)
    }

    @Test("ten thousand gets are under way at once, one a session, and every one is answered with its own value")
    func manyInFlight() async throws {
        let count = sessions()
        let isOpen = Mutex(false)
        let rows = column([1, 3, 6, 1, 4, 1, 99, 9], count)
        // Answers nothing until the gate opens, so that all of them must be under way at once.
        let agent = try ScriptedAgent(rows) { request, table in
            isOpen.withLock { $0 } ? table.answer(request) : []
        }
        defer { agent.stop() }
        var settings = SNMPSettings()
        settings.inFlightMax = count
        var limits = DeviceLimits()
        limits.requestsPerSecond = 0
        // One address stands for all.
        limits.inFlightMax = count
        limits.timeoutStart = .seconds(4) * patience
        limits.timeoutMax = max(limits.timeoutMax, limits.timeoutStart)
        limits.retries = 5
        try await withEngine(settings) { [limits] engine in
            var devices: [SNMPDevice] = []
            for _ in 0..<count { devices.append(try await engine.open(agent.target(), limits: limits)) }
            let answers = Mutex<[Int: UInt32]>([:])
            try await withThrowingTaskGroup(of: (Int, SNMPValue?).self) { group in
                for (index, device) in devices.enumerated() {
                    group.addTask { (index, try await engine.get(device, [rows[index].name]).first?.value) }
                }
                try await eventually("all are under way", within: .seconds(30)) { await engine.load.inFlight == count }
                isOpen.withLock { $0 = true }
                for try await (index, value) in group {
                    if case .gauge(let number)? = value { answers.withLock { $0[index] = number } }
                }
            }

            #expect(answers.withLock { answers in (0..<count).allSatisfy { answers[$0] == UInt32($0) } })
            #expect(await engine.load == (0, 0))
        }
    }

    @Test("sessions beyond the setting are refused, and closed ones make room")
    func devicesMax() async throws {
        var settings = SNMPSettings()
        settings.devicesMax = 2
        try await withEngine(settings) { engine in
            let target = SNMPTarget(address: "127.0.0.1", port: 9, community: [])
            let first = try await engine.open(target)
            _ = try await engine.open(target)
            await #expect(throws: SNMPError.tooManyDevices(open: 2, max: 2)) { try await engine.open(target) }

            await engine.close(first)

            _ = try await engine.open(target)
        }
    }

    @Test(
        "ten thousand devices are open in one process at less than two kilobytes each",
        .enabled(if: DescriptorLimit.raised().devices >= 10_000, "the hard limit of open files is too low for ten thousand devices")
    )
    func footprint() async throws {
        try await withEngine { engine in
            let target = SNMPTarget(address: "127.0.0.1", port: 9, community: Array("public".utf8))
            for _ in 0..<500 { _ = try await engine.open(target) }
            let before = try residentBytes()

            for _ in 0..<9_500 { _ = try await engine.open(target) }

            let each = (try residentBytes() - before) / 9_500
            #expect(await engine.sessionCount == 10_000)
            #expect(each < 2048 * patience, "\(each) bytes a session")
        }
    }

    private func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .ascii)
        let pages = try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        return pages * 4096
    }

    @Test("where descriptors allow fewer devices than the settings, the next one is refused with both numbers and the log says so")
    func fewDescriptors() async throws {
        let lines = Mutex<[String]>([])
        let logger = Logger(label: "few") { _ in LineLog { line in lines.withLock { $0.append(line) } } }
        let engine = SNMPEngine(reactor: SNMPThread.shared, descriptors: DescriptorLimit(most: 514), logger: logger)
        let target = SNMPTarget(address: "127.0.0.1", port: 9, community: [])
        for _ in 0..<2 { _ = try await engine.open(target) }

        await #expect(throws: SNMPError.tooManyDevices(open: 2, max: 2)) { try await engine.open(target) }

        #expect(lines.withLock { $0.count } == 1)
        #expect(lines.withLock { $0.first?.contains("514") } == true)
        await engine.closeAll()
    }

    @Test("opening, asking, cancelling and closing at random leaves nothing behind", arguments: 0..<3)
    func churn(seed: UInt64) async throws {
        let agent = try ScriptedAgent(column([1, 3, 6, 1, 4, 1, 99, 8], 300)) { request, table in
            request.id % 5 == 0 ? [] : table.answer(request)
        }
        defer { agent.stop() }
        var settings = SNMPSettings()
        settings.inFlightMax = 7
        try await withEngine(settings) { engine in
            await withTaskGroup(of: Void.self) { group in
                for worker in 0..<20 {
                    group.addTask { await churn(engine, agent, seed &* 1000 &+ UInt64(worker)) }
                }
            }
            try await eventually("nothing is under way") { await engine.load == (0, 0) }
            #expect(await engine.sessionCount == 0)
        }
    }

    private func churn(_ engine: SNMPEngine, _ agent: ScriptedAgent, _ seed: UInt64) async {
        var dice = Dice(seed: seed)
        var limits = DeviceLimits.quick
        limits.retries = 1
        // One address stands for twenty.
        limits.inFlightMax = 20
        for _ in 0..<4 {
            guard let device = try? await engine.open(agent.target(), limits: limits) else { return }
            let walksFirst = Bool.random(using: &dice)
            // Unstructured: cancelled or closed at a random moment.
            let asking = Task {
                if walksFirst { _ = await engine.walk(device, from: [1, 3, 6, 1, 4, 1, 99, 8]) }
                _ = try? await engine.get(device, [[1, 3, 6, 1, 4, 1, 99, 8, 1]])
            }
            for _ in 0..<Int.random(in: 0..<50, using: &dice) { await Task.yield() }
            if Bool.random(using: &dice) { asking.cancel() }
            if Bool.random(using: &dice) { await asking.value }
            await engine.close(device)
            await asking.value
        }
    }
}

/// A log of plain lines.
private struct LineLog: LogHandler {
    let write: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(write: @escaping @Sendable (String) -> Void) {
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        write("\(event.message) \(event.metadata ?? [:])")
    }
}
