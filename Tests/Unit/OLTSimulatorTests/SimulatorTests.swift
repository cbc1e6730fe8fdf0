import OLTSimulator
import Testing

@Suite("The simulator at work", .timeLimit(.minutes(2)))
struct SimulatorTests {
    private static let serials = "1.3.6.1.4.1.2011.6.128.1.1.2.43.1.3"

    @Test("the account names requests, operations, bindings and holders by device")
    func account() throws {
        let running = try RunningSimulator()

        _ = try running.client.ask(.asking(.get, ["1.3.6.1.2.1.1.5.0"]), at: "127.10.0.1")
        _ = try running.client.ask(.asking(.getNext, [Self.serials], community: "public#8"), at: "127.10.0.1")
        _ = try running.client.ask(.asking(.getBulk, [Self.serials], community: "public#9", second: 10), at: "127.10.0.1")
        running.client.send([0x30, 0x01], to: "127.10.0.1")
        _ = try running.client.ask(.asking(.get, ["1.3.6.1.2.1.1.5.0"], community: "other"), at: "127.10.0.1", within: 50)

        let report = try #require(running.report())
        #expect(report.account.requests == 5)
        #expect(report.account.answers == 3)
        #expect((report.account.get, report.account.getNext, report.account.getBulk) == (1, 1, 1))
        #expect((report.account.malformed, report.account.wrongCommunity, report.account.varbinds) == (1, 1, 12))
        #expect(report.witness.holders.map(\.holder) == [.number(8), .number(9)])
        #expect(running.report("127.10.0.2")?.account == Account())
        #expect(running.report("127.10.0.77") == nil)
    }

    @Test("the account is served over HTTP, can be reset, and takes new faults")
    func http() throws {
        let running = try RunningSimulator()
        let port = try #require(running.simulator.accountPort)
        for number in [1, 2, 1, 1] {
            _ = try running.client.ask(.asking(.getNext, [Self.serials], community: "public#\(number)"), at: "127.10.0.1")
        }

        let one = LoopbackClient.account(port, "GET /account?address=127.10.0.1 HTTP/1.0\r\n\r\n")
        #expect(one.hasPrefix("HTTP/1.0 200 OK\r\n"))
        #expect(one.contains("\"address\":\"127.10.0.1\",\"requests\":4,\"answers\":4,"))
        #expect(one.contains("\"overlaps\":1,\"strays\":0"))
        #expect(one.contains("\"number\":2,\"sender\":null,"))
        #expect(one.components(of: "\"address\"") == 1)
        #expect(LoopbackClient.account(port, "GET /account HTTP/1.1\r\nHost: x\r\n\r\n").components(of: "\"address\"") == 4)
        #expect(LoopbackClient.account(port, "GET /account?address=127.10.9.9 HTTP/1.0\r\n\r\n").hasPrefix("HTTP/1.0 404"))
        #expect(LoopbackClient.account(port, "GET /nothing HTTP/1.0\r\n\r\n").hasPrefix("HTTP/1.0 404"))
        #expect(LoopbackClient.account(port, "nonsense\r\n\r\n").hasPrefix("HTTP/1.0 400"))

        #expect(LoopbackClient.account(port, "POST /account:reset HTTP/1.0\r\n\r\n").hasPrefix("HTTP/1.0 200"))
        #expect(running.report()?.account == Account())
        #expect(running.report()?.witness.overlaps == 0)

        #expect(post(port, #"{"addresses": "127.10.0.1-127.10.0.2", "faults": ["silent"]}"#).hasPrefix("HTTP/1.0 200"))
        #expect(try running.client.ask(.asking(.get, ["1.3.6.1.2.1.1.5.0"]), at: "127.10.0.1", within: 50) == nil)
        #expect(post(port, #"{"addresses": "127.10.0.1", "faults": []}"#).hasPrefix("HTTP/1.0 200"))
        #expect(try running.client.ask(.asking(.get, ["1.3.6.1.2.1.1.5.0"]), at: "127.10.0.1") != nil)
        #expect(post(port, #"{"addresses": "127.10.0.1", "faults": ["no"]}"#).hasPrefix("HTTP/1.0 400"))
        #expect(post(port, #"{"addresses": "127.44.0.1", "faults": []}"#).hasPrefix("HTTP/1.0 404"))
        #expect(post(port, #"{"addresses": "#).hasPrefix("HTTP/1.0 400"))
    }

    @Test("operations are counted by the hour: heavy ones, and those that ask for optics")
    func hours() throws {
        let optics = "1.3.6.1.4.1.2011.6.128.1.1.2.51.1.4"
        var device = try DeviceHarness(try GeneratedShape(boards: 1, ports: 1, onus: 8).rows(seed: 1))
        func ask(_ number: Int, _ name: String) throws {
            _ = try device.answer(.asking(.getBulk, [name], community: "public#\(number)", second: 4))
        }

        for number in 1...3 {
            try ask(number, Self.serials)
            try ask(number, Self.serials)
        }
        try ask(3, optics)
        try ask(3, optics)
        _ = try device.ask(.get, ["1.3.6.1.2.1.1.3.0"])
        device.now = .seconds(3600 * 5)
        try ask(4, optics)

        #expect(device.device.ledger.hours.map { [$0.place, $0.operations, $0.dear] } == [[0, 3, 1], [5, 1, 1]])
        device.device.resetAccount()
        #expect(device.device.ledger.hours.isEmpty)
    }

    @Test("an hour of the account may be short, for a time that runs faster")
    func shortHours() throws {
        let group = SimulatorSettings.Group(
            addresses: try DeviceAddress.list("127.10.0.1"),
            source: .generated(try GeneratedShape(boards: 1, ports: 1, onus: 1))
        )
        let simulator = try Simulator(SimulatorSettings(groups: [group], port: 0, hour: .seconds(180)))

        #expect(simulator.reports.map(\.ledger.hour) == [.seconds(180)])
        #expect(simulator.problems.isEmpty)
    }

    private func post(_ port: UInt16, _ body: String) -> String {
        LoopbackClient.account(port, "POST /faults HTTP/1.1\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    @Test("a configuration gives each group its own devices")
    func configuration() throws {
        let text = """
            [{"addresses": "127.10.0.1-127.10.0.3", "vendor": "huawei", "boards": 2, "seed": 9, "faults": ["delay=5ms", "loss=1%"]},
             {"addresses": "127.11.0.1", "recording": "zte \\u00e9.snmprec", "community": "secret"}]
            """

        let groups = try SimulatorSettings.Group.list(json: Array(text.utf8), file: "folder/fleet.json")

        #expect(groups.map(\.addresses.count) == [3, 1])
        #expect(groups[0].source == .generated(try GeneratedShape(boards: 2, ports: 4, onus: 16)))
        #expect(groups[0].faults == (try Faults(["delay=5ms", "loss=1%"])))
        #expect((groups[0].seed, groups[0].community) == (9, "public"))
        #expect(groups[1].source == .recording("folder/zte é.snmprec"))
        #expect(groups[1].community == "secret")
    }

    @Test(
        "a configuration that cannot be used is refused",
        arguments: [
            "", "{}", "[1]", "[{}]", #"[{"addresses": "127.0.0.1"}]"#, #"[{"addresses": "127.0.0.1", "vendor": "x"}]"#,
            #"[{"addresses": "10.0.0.1", "vendor": "huawei"}]"#, #"[{"addresses": "127.0.0.1", "vendor": "huawei", "more": 1}]"#,
            #"[{"addresses": "127.0.0.1", "vendor": "huawei", "onus": 200}]"#,
            #"[{"addresses": "127.0.0.1", "vendor": "huawei", "faults": "x"}]"#,
            #"[{"addresses": "127.0.0.1", "vendor": "huawei"}] x"#, String(repeating: "[", count: 100_000),
        ]
    )
    func badConfiguration(_ text: String) {
        #expect(throws: SettingsError.self) { try SimulatorSettings.Group.list(json: Array(text.utf8), file: "a.json") }
    }

    @Test(
        "addresses are ranges and lists on loopback",
        arguments: [
            "", "127.0.0", "127.0.0.256", "127.0.0.2-127.0.0.1", "10.0.0.1", "127.0.0.1-128.0.0.1", "127.0.0.1,",
            "127.0.0.1-127.0.0.2-127.0.0.3", "127.0.0.0-127.255.255.255",
        ]
    )
    func badAddresses(_ text: String) throws {
        #expect(throws: SettingsError.self) { try DeviceAddress.list(text) }
        #expect(
            try DeviceAddress.list("127.0.0.1,127.0.0.254-127.0.1.1").map(\.description) == [
                "127.0.0.1", "127.0.0.254", "127.0.0.255", "127.0.1.0", "127.0.1.1",
            ]
        )
    }

    @Test("settings that contradict themselves stop the simulator before it binds")
    func badSettings() throws {
        let group = SimulatorSettings.Group(
            addresses: try DeviceAddress.list("127.10.0.1"),
            source: .generated(try GeneratedShape(boards: 1, ports: 1, onus: 1))
        )

        #expect(throws: SimulatorError.settings(.noDevices)) { try Simulator(SimulatorSettings(groups: [], port: 0)) }
        #expect(throws: SimulatorError.settings(.repeatedAddress("127.10.0.1"))) {
            try Simulator(SimulatorSettings(groups: [group, group], port: 0))
        }
        #expect(throws: SimulatorError.settings(.octetsMax(100))) {
            try Simulator(SimulatorSettings(groups: [group], port: 0, octetsMax: 100))
        }
    }

    @Test("a port that is taken is told")
    func takenPort() throws {
        let running = try RunningSimulator()
        let group = SimulatorSettings.Group(
            addresses: try DeviceAddress.list("127.10.0.1"),
            source: .generated(try GeneratedShape(boards: 1, ports: 1, onus: 1))
        )

        #expect(throws: SimulatorError.self) { try Simulator(SimulatorSettings(groups: [group], port: running.simulator.port)) }
    }

    @Test("thousands of devices share their rows and answer as themselves")
    func manyDevices() throws {
        let running = try RunningSimulator("127.20.0.0-127.20.19.255", onus: 32)

        #expect(running.simulator.reports.count == 5120)
        for address in ["127.20.0.0", "127.20.7.99", "127.20.19.255"] {
            running.client.send(try AgentMessage.asking(.getBulk, [Self.serials], second: 25).encoded(), to: address)
            let answer = try #require(running.client.receive())
            #expect(answer.from == address)
            #expect(try AgentMessage(decoding: answer.bytes).bindings.count == 25)
        }
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of text: String) -> Int {
        indices.count { self[$0...].hasPrefix(text) }
    }
}
