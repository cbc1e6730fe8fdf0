import OLTSimulator
import Testing

@Suite("Faults over a real loopback socket", .timeLimit(.minutes(2)))
struct FaultTests {
    private static let name = "1.3.6.1.2.1.1.5.0"
    private static let serials = "1.3.6.1.4.1.2011.6.128.1.1.2.43.1.3"
    private static let optics = "1.3.6.1.4.1.2011.6.128.1.1.2.51.1.4"

    private func get(_ id: Int32 = 77) throws -> AgentMessage {
        try .asking(.get, [Self.name], id: id)
    }

    private func bulk(_ name: String = serials, _ repetitions: Int32 = 20) throws -> AgentMessage {
        try .asking(.getBulk, [name], second: repetitions)
    }

    @Test("a healthy device answers as the address that was asked")
    func healthy() throws {
        let running = try RunningSimulator()

        for last in 1...4 {
            running.client.send(try get().encoded(), to: "127.10.0.\(last)")
            let answer = try #require(running.client.receive())
            #expect(answer.from == "127.10.0.\(last)")
            #expect(try AgentMessage(decoding: answer.bytes).values == [.octets(Array("olt-127-10-0-\(last)".utf8))])
        }
        running.client.send(try get().encoded(), to: "127.10.0.9")
        #expect(running.client.receive(within: 100) == nil)
    }

    @Test("delay holds back one device's answers in order, and no other device")
    func delay() throws {
        let running = try RunningSimulator()
        running.simulator.setFaults(try Faults(["delay=150ms"]), at: try DeviceAddress.list("127.10.0.1"))
        let start = ContinuousClock.now

        for id in 1...3 { running.client.send(try get(Int32(id)).encoded(), to: "127.10.0.1") }
        running.client.send(try get(4).encoded(), to: "127.10.0.2")
        let ids = try (0..<4).compactMap { _ in try running.client.receive().map { try AgentMessage(decoding: $0.bytes).requestID } }

        #expect(ids == [4, 1, 2, 3])
        #expect(ContinuousClock.now - start >= .milliseconds(450))
        #expect(running.report()?.account.inFlightMax == 3)
        #expect(running.report("127.10.0.2")?.account.inFlightMax == 1)
    }

    @Test(
        "slow columns cost by the binding, other columns nothing",
        arguments: ["slow-optics=10ms", "slow=1.3.6.1.4.1.2011.6.128.1.1.2.51:10ms"]
    )
    func slow(_ fault: String) throws {
        let running = try RunningSimulator(faults: [fault])
        let start = ContinuousClock.now
        #expect(try running.client.ask(bulk(Self.optics, 20), at: "127.10.0.1")?.bindings.count == 20)
        let dear = ContinuousClock.now - start

        #expect(dear >= .milliseconds(200))
        // Judged without a clock of the wall: a cheap answer departs at the time of its request.
        var device = try DeviceHarness(try GeneratedShape(boards: 1, ports: 2, onus: 16).rows(seed: 7), faults: [fault])
        #expect(device.departures(try bulk()).map(\.due) == [.zero])
        #expect(device.departures(try bulk(Self.optics, 7)).map(\.due) == [.milliseconds(70)])
    }

    @Test("loss and duplicates come about as often as asked, and are counted")
    func lossAndDuplicates() throws {
        var lossy = try DeviceHarness("\(Self.name)|4|a\n", faults: ["loss=20%"])
        var doubled = try DeviceHarness("\(Self.name)|4|a\n", faults: ["duplicate=20%"])

        let lost = try (0..<1000).count { _ in try lossy.departures(get()).isEmpty }
        let twice = try (0..<1000).count { _ in try doubled.departures(get()).count == 2 }

        #expect((140...260).contains(lost))
        #expect((140...260).contains(twice))
        #expect(lossy.device.account.dropped == lost)
        #expect(doubled.device.account.answers == 1000 + twice)
    }

    @Test("duplicates really arrive twice")
    func duplicate() throws {
        let running = try RunningSimulator(faults: ["duplicate=100%"])

        let first = try running.client.ask(get(), at: "127.10.0.1")
        let second = try running.client.receive().map { try AgentMessage(decoding: $0.bytes) }

        #expect(first != nil)
        #expect(first == second)
    }

    @Test("a late answer comes behind younger ones")
    func late() throws {
        let running = try RunningSimulator(faults: ["late=100%:200ms"])

        running.client.send(try get(1).encoded(), to: "127.10.0.1")
        #expect(running.client.receive(within: 20) == nil)
        running.simulator.setFaults(Faults(), at: try DeviceAddress.list("127.10.0.1"))
        running.client.send(try get(2).encoded(), to: "127.10.0.1")

        #expect(try running.client.receive().map { try AgentMessage(decoding: $0.bytes).requestID } == 2)
        #expect(try running.client.receive().map { try AgentMessage(decoding: $0.bytes).requestID } == 1)
    }

    @Test("a silent device answers nothing and counts what it dropped")
    func silent() throws {
        let running = try RunningSimulator(faults: ["silent"])

        #expect(try running.client.ask(get(), at: "127.10.0.1", within: 100) == nil)
        #expect(running.report()?.account.dropped == 1)
    }

    @Test("garbage and truncated answers are no BER", arguments: ["garbage", "truncated"])
    func broken(_ fault: String) throws {
        let running = try RunningSimulator(faults: [fault])

        running.client.send(try get().encoded(), to: "127.10.0.1")
        let bytes = try #require(running.client.receive()).bytes

        #expect(!bytes.isEmpty)
        #expect(throws: BERError.self) { try AgentMessage(decoding: bytes) }
    }

    @Test("a wrong request id is another one; a wrong source is another address")
    func wrong() throws {
        let running = try RunningSimulator()
        running.simulator.setFaults(try Faults(["wrong-id"]), at: try DeviceAddress.list("127.10.0.1"))
        running.simulator.setFaults(try Faults(["wrong-source"]), at: try DeviceAddress.list("127.10.0.2"))

        #expect(try running.client.ask(get(77), at: "127.10.0.1").map { $0.requestID != 77 } == true)
        running.client.send(try get().encoded(), to: "127.10.0.2")
        let answer = try #require(running.client.receive())
        #expect(answer.from != "127.10.0.2")
        #expect(answer.from.hasPrefix("127."))
    }

    @Test("a wrong port is another port of the right address")
    func wrongPort() throws {
        let running = try RunningSimulator(faults: ["wrong-port"])

        running.client.send(try get().encoded(), to: "127.10.0.1")
        let answer = try #require(running.client.receive())

        #expect(answer.from == "127.10.0.1")
        #expect(answer.port != running.simulator.port)
        #expect(try AgentMessage(decoding: answer.bytes).requestID == 77)
    }

    @Test("a walk that does not increase stays where it is")
    func notIncreasing() throws {
        let running = try RunningSimulator(faults: ["not-increasing"])

        let first = try #require(try running.client.ask(.asking(.getNext, [Self.serials]), at: "127.10.0.1"))
        let second = try #require(try running.client.ask(.asking(.getNext, first.names), at: "127.10.0.1"))
        let bulk = try #require(try running.client.ask(bulk(), at: "127.10.0.1"))

        #expect(first.names == second.names)
        #expect(Set(bulk.names).count == 1)
        #expect(bulk.names.count == 20)
    }

    @Test("stop-after ends each walk after so many rows as if at the end of the MIB")
    func stopAfter() throws {
        var device = try DeviceHarness(try GeneratedShape(boards: 1, ports: 2, onus: 16).rows(seed: 7), faults: ["stop-after=25"])

        for _ in 0..<2 {
            #expect(try device.walk(from: Self.serials).count == 25)
        }
        let first = try device.ask(.getBulk, [Self.serials], second: 20)
        let second = try device.ask(.getBulk, [try #require(first.names.last)], second: 20)
        #expect(first.bindings.count == 20)
        #expect(second.values.filter { $0 != .endOfMIBView }.count == 5)
        #expect(second.values.last == .endOfMIBView)
    }

    @Test("loop-after takes a walk back to its first row, by GETNEXT and by GETBULK")
    func loop() throws {
        var device = try DeviceHarness(try GeneratedShape(boards: 1, ports: 2, onus: 16).rows(seed: 7), faults: ["loop-after=10"])

        let names = try device.walk(from: Self.serials, most: 25).map(\.name.description)
        let first = try device.ask(.getBulk, [Self.serials], second: 7).names
        let second = try device.ask(.getBulk, [try #require(first.last)], second: 7).names

        #expect(Set(names).count == 10)
        #expect(names[10] == names[0] && names[20] == names[0] && names[9] != names[0])
        #expect(first + second == Array(names[..<14]))
    }

    @Test("an endless table always has one more row, where it stands among the others, and GET does not know it")
    func endless() throws {
        let table = "1.3.6.1.4.1.9.2"
        var device = try DeviceHarness("1.3.6.1.4.1.9.1.1|2|1\n1.3.6.1.4.1.9.3.1|2|3\n", faults: ["endless=\(table)"])

        let rows = try device.walk(most: 500).map(\.name.description)
        let bulk = try device.ask(.getBulk, ["\(table).1000"], second: 50)

        #expect(rows == ["1.3.6.1.4.1.9.1.1"] + (1..<500).map { "\(table).\($0)" })
        #expect(bulk.names == (1001...1050).map { "\(table).\($0)" })
        #expect(try device.ask(.getNext, ["1.3.6.1.4.1.9.3"]).names == ["1.3.6.1.4.1.9.3.1"])
        #expect(try device.ask(.getNext, ["\(table).4294967295"]).names == ["1.3.6.1.4.1.9.3.1"])
    }

    @Test("hostile texts stand below the vendor's tree alone, the same each time, of every form", arguments: ["generated", "recorded"])
    func hostile(_ source: String) throws {
        let lines = (1...200).map { "1.3.6.1.4.1.9.1.\($0)|4|text \($0)\n" }.joined()
        let rows =
            try source == "generated"
            ? GeneratedShape(.zteC6xx, boards: 1, ports: 2, onus: 16).rows(seed: 1)
            : Recording(snmprec: Array("1.3.6.1.2.1.1.5.0|4|name\n\(lines)".utf8), file: "a").rows
        var device = try DeviceHarness(rows, faults: ["hostile=50%"])
        var plain = try DeviceHarness(rows)

        let found = try device.walk()
        let differ = zip(found, try plain.walk()).filter { $0 != $1 }

        #expect(try device.walk() == found)
        #expect(differ.count > 50)
        #expect(differ.allSatisfy { $0.0.name.description.hasPrefix("1.3.6.1.4.1.") && $0.0.name == $0.1.name })
        let texts = differ.compactMap { if case .octets(let octets) = $0.0.value { octets } else { nil } }
        #expect(Set(texts).count >= 12)
        #expect(texts.contains { String(validating: $0, as: UTF8.self) == nil })
        #expect(texts.contains { String(decoding: $0, as: UTF8.self).contains("<script>") })
        #expect(texts.contains { String(decoding: $0, as: UTF8.self).contains("\r\n") })
        #expect(texts.contains { String(decoding: $0, as: UTF8.self).contains("\u{202E}") })
    }

    @Test("huge texts come whole, in a datagram of their own size")
    func huge() throws {
        let group = SimulatorSettings.Group(
            addresses: try DeviceAddress.list("127.10.0.1"),
            source: .generated(try GeneratedShape(.zteC3xx, boards: 1, ports: 1, onus: 4)),
            faults: try Faults(["huge"])
        )
        let simulator = try Simulator(SimulatorSettings(groups: [group], port: 0))
        try simulator.start()
        defer { simulator.stop() }
        let client = LoopbackClient(port: simulator.port)

        let answer = try client.ask(.asking(.getBulk, ["1.3.6.1.4.1.3902.1012.3.28.1.1.2"], second: 10), at: "127.10.0.1")

        guard case .octets(let text)? = answer?.values.first else { throw BERError.value }
        #expect(text.count == 60_000)
        #expect(answer?.bindings.count == 1)
    }

    @Test("too-big-over turns large answers into tooBig, drop-over into silence")
    func large() throws {
        let running = try RunningSimulator()
        running.simulator.setFaults(try Faults(["too-big-over=400"]), at: try DeviceAddress.list("127.10.0.1"))
        running.simulator.setFaults(try Faults(["drop-over=400"]), at: try DeviceAddress.list("127.10.0.2"))

        let refused = try #require(try running.client.ask(bulk(), at: "127.10.0.1"))
        #expect((refused.first, refused.bindings.count) == (1, 0))
        #expect(try running.client.ask(bulk(Self.serials, 5), at: "127.10.0.1")?.bindings.count == 5)
        #expect(try running.client.ask(bulk(), at: "127.10.0.2", within: 100) == nil)
        #expect(try running.client.ask(bulk(Self.serials, 5), at: "127.10.0.2")?.bindings.count == 5)
        #expect(running.report("127.10.0.2")?.account.dropped == 1)
    }

    @Test("fewer-rows answers fewer repetitions than asked")
    func fewerRows() throws {
        let running = try RunningSimulator(faults: ["fewer-rows=4"])

        #expect(try running.client.ask(bulk(), at: "127.10.0.1")?.bindings.count == 4)
    }

    @Test("an overloaded device answers one request at a time and drops the rest")
    func overload() throws {
        let running = try RunningSimulator(faults: ["overload=100ms"])

        for id in 1...5 { running.client.send(try get(Int32(id)).encoded(), to: "127.10.0.1") }
        #expect(try running.client.receive().map { try AgentMessage(decoding: $0.bytes).requestID } == 1)
        #expect(running.client.receive(within: 150) == nil)
        #expect(running.report()?.account.dropped == 4)
        #expect(running.report()?.account.overloaded == 4)
        #expect(running.report()?.account.inFlightMax == 1)
        #expect(try running.client.ask(get(6), at: "127.10.0.1")?.requestID == 6)
    }

    @Test("a reboot is a silence and then a fresh up-time, once", arguments: ["generated", "recorded"])
    func reboot(_ source: String) throws {
        let upTime = "1.3.6.1.2.1.1.3.0"
        let rows =
            try source == "generated"
            ? GeneratedShape(boards: 1, ports: 1, onus: 1).rows(seed: 1)
            : Recording(snmprec: Array("\(upTime)|67|5000000\n".utf8), file: "a").rows
        var device = try DeviceHarness(rows, faults: ["reboot-after=60s:5s"])

        guard case .timeTicks(let before) = try device.ask(.get, [upTime]).values[0] else { throw BERError.value }
        device.now = .seconds(61)
        #expect(device.departures(try get()).isEmpty)
        device.now = .seconds(65)
        let after = try device.ask(.get, [upTime]).values

        #expect(before > 1000)
        #expect(after == [.timeTicks(500)])
        device.now = .seconds(200)
        #expect(try device.ask(.get, [upTime]).values == [.timeTicks(14_000)])
    }

    @Test("a reboot counts: snmpEngineBoots is one more, snmpEngineTime begins again")
    func boots() throws {
        let engine = ["1.3.6.1.6.3.10.2.1.2.0", "1.3.6.1.6.3.10.2.1.3.0"]
        var device = try DeviceHarness(try GeneratedShape(boards: 1, ports: 1, onus: 1).rows(seed: 1), faults: ["reboot-after=60s:5s"])

        device.now = .seconds(30)
        let before = try device.ask(.get, engine).values
        device.now = .seconds(70)
        let after = try device.ask(.get, engine).values

        #expect(before == [.integer(1), .integer(30)])
        #expect(after == [.integer(2), .integer(10)])
    }

    @Test("a port that is down takes all its ONTs with it, for its cause, and no other port")
    func portDown() throws {
        let rows = try GeneratedShape(boards: 1, ports: 2, onus: 16).rows(seed: 7)
        var device = try DeviceHarness(rows, faults: ["port-down=1/1:1"])
        let port = HuaweiNames.interfaceIndex(slot: 1, port: 1)
        let table = "1.3.6.1.4.1.2011.6.128.1.1.2"

        let runs = try device.ask(.getBulk, ["\(table).46.1.15.\(port)"], second: 16).values
        let causes = try device.ask(.getBulk, ["\(table).46.1.24.\(port)"], second: 16).values
        let others = try device.ask(.getBulk, ["\(table).46.1.15"], second: 16).values

        #expect(runs == [SimulatedValue](repeating: .integer(2), count: 16))
        #expect(causes == [SimulatedValue](repeating: .integer(1), count: 16))
        #expect(others.contains(.integer(1)))
        #expect(throws: SettingsError.fault("port-down=1")) { try Faults(["port-down=1"]) }
        #expect(throws: SettingsError.fault("port-down=1/1:x")) { try Faults(["port-down=1/1:x"]) }
    }

    @Test("faults are seeded: the same device makes the same choices again")
    func seeded() throws {
        func losses(_ seed: UInt64) throws -> [Bool] {
            var device = try DeviceHarness(
                Recording(snmprec: Array("\(Self.name)|4|a\n".utf8), file: "a").rows,
                faults: ["loss=50%"],
                seed: seed
            )
            return try (0..<64).map { _ in try device.departures(get()).isEmpty }
        }

        #expect(try losses(1) == losses(1))
        #expect(try losses(1) != losses(2))
    }

    @Test(
        "a fault that cannot be read is refused by name",
        arguments: [
            "", "nonsense", "delay", "delay=", "delay=5", "delay=-5ms", "loss=101%", "loss=x", "loss", "late=5%", "silent=1",
            "stop-after=-1",
            "slow=1.3:", "slow=x:5ms", "too-big-over=a", "reboot-after=1s:x", "delay=999999999999h",
            "endless", "endless=x", "loop-after=x", "hostile=200%", "port-down=1/1:flood",
        ]
    )
    func refusals(_ text: String) {
        #expect(throws: SettingsError.fault(text)) { try Faults([text]) }
    }
}
