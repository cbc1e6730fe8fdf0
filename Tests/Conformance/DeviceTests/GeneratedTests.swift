import Domain
import OLTSimulator
import TestSupport
import Testing

/// Boxes that are generated from the OID tables: their names of objects are the simulator's own, not the profiles'.
@Suite("Generated OLTs", .serialized, .timeLimit(.minutes(3)))
struct GeneratedTests {
    /// Profile, and how people write a port there.
    private static let vendors: [(Vendor, profile: String, port: @Sendable (PortName) -> String)] = [
        (.huawei, "huawei", { "0/\($0)" }), (.zteC3xx, "zte-c3xx", { "1/\($0)" }), (.zteC6xx, "zte-c6xx", { "1/\($0)" }),
        (.vsolGPON, "vsol-gpon", { "\($0)" }), (.fiberHome, "fiberhome", { "\($0)" }), (.bdcomGPON, "bdcom-gpon", { "GPON\($0)" }),
        (.cdataGPON, "cdata-gpon", { "\($0)" }), (.nokia, "nokia-isam", { "\($0)" }),
    ]

    private static func units(_ shape: GeneratedShape, faults: Faults = Faults()) throws -> [String: UnitReport] {
        guard let address = OLTSimulator.DeviceAddress(Lab.address) else { throw Unfit("no address") }
        let twin = SimulatedDevice(
            address: address,
            rows: shape.rows(seed: 1),
            community: "public",
            seed: 1,
            faults: faults,
            octetsMax: 1472
        )
        return Dictionary(try twin.units(at: .zero).map { ("\($0.index)", $0) }) { first, _ in first }
    }

    @Test("the profile is found, discovery is complete, and every ONU is where and what it was made", arguments: Vendor.allCases)
    func discovered(vendor: Vendor) async throws {
        let (_, profile, port) = try #require(Self.vendors.first { $0.0 == vendor })
        let shape = try GeneratedShape(vendor, boards: 1, ports: 4, onus: 24)
        let made = try Self.units(shape)

        let (facts, survey, readings) = try await Lab.visit(.generated(shape), profile: "auto") { visit in
            let survey = try await visit.session.discover()
            let readings = try await visit.session.read([.distance, .optics, .inventory], of: nil)
            return (try await visit.session.facts(), survey, readings)
        }

        #expect(facts.profile == profile)
        #expect(survey.coverage == .complete && readings.coverage == .complete)
        #expect(made.count == 96 && Set(survey.byIndex.keys) == Set(made.keys))
        #expect(survey.observations.count == 96)
        for (index, onu) in survey.byIndex {
            let unit = try #require(made[index])
            #expect(onu.serial == unit.serial, "\(index)")
            #expect(onu.port == port(unit.port) && onu.onuID == Int(unit.id), "\(index)")
            #expect(onu.runStatus == (unit.isOnline ? .online : .offline), "\(index)")
            if !unit.isOnline, vendor != .fiberHome, vendor != .nokia {
                #expect(onu.downClass == (unit.lastDownCause == .power ? .power : .fibre), "\(index): \(onu.lastDownCause ?? "")")
            }
            let reading = readings.byIndex[index]
            #expect((reading?.rxOnuDbm != nil) == unit.isOnline && (reading?.distanceMetres != nil) == unit.isOnline, "\(index)")
            if let power = reading?.rxOnuDbm { #expect((-27.6...(-11.9)).contains(power), "\(index)") }
            if let power = reading?.txOnuDbm { #expect((1.7...3.6).contains(power), "\(index)") }
            if let power = reading?.rxOltDbm { #expect((-29.1...(-11.4)).contains(power), "\(index)") }
            if let heat = reading?.temperatureCelsius { #expect((28...68).contains(heat), "\(index)") }
            if let volts = reading?.voltageVolts { #expect((3.1...3.5).contains(volts), "\(index)") }
        }
        #expect(survey.ports.allSatisfy { $0.counted == nil || $0.counted == $0.seen })
        if vendor != .zteC3xx, vendor != .cdataGPON { #expect(survey.ports.map(\.seen) == [24, 24, 24, 24]) }
    }

    @Test("readings of chosen ONUs are those that a walk brings", arguments: Vendor.allCases)
    func chosen(vendor: Vendor) async throws {
        let (_, profile, _) = try #require(Self.vendors.first { $0.0 == vendor })
        let shape = try GeneratedShape(vendor, boards: 1, ports: 2, onus: 6)

        let (walked, asked) = try await Lab.visit(.generated(shape), profile: profile) { visit in
            let walked = try await visit.session.read([.distance, .optics], of: nil).byIndex
            let indexes = walked.keys.sorted().prefix(3)
            return (walked, try await visit.session.read([.distance, .optics], of: Array(indexes)).byIndex)
        }

        #expect(asked.count == 3)
        for (index, onu) in asked {
            var expected = try #require(walked[index])
            expected.port = onu.port
            expected.onuID = onu.onuID
            #expect(onu == expected)
        }
    }

    @Test("a discovery goes port by port and says which of how many")
    func progress() async throws {
        let shape = try GeneratedShape(.huawei, boards: 2, ports: 4, onus: 10)

        let (survey, steps) = try await Lab.visit(.generated(shape), profile: "huawei") { visit in
            (try await visit.session.discover(), visit.steps)
        }

        #expect(survey.ports.count == 8 && survey.ports.allSatisfy { $0.counted == 10 && $0.seen == 10 })
        #expect(steps.parts == (1...8).map { RunPart(.port, done: $0, of: 8) })
        // Five columns of 80 ONUs, and what each port's walk read behind its end is not counted.
        #expect(steps.all.map(\.rows).reduce(0, +) >= 5 * 80)
    }

    @Test("where a port cannot be walked alone, none and all of them are what progress can say")
    func progressOfPackedIndexes() async throws {
        let steps = try await Lab.visit(.generated(try GeneratedShape(.fiberHome, boards: 1, ports: 4, onus: 8)), profile: "fiberhome") {
            visit in
            _ = try await visit.session.discover()
            return visit.steps
        }

        #expect(steps.parts == [RunPart(.port, done: 0, of: 4), RunPart(.port, done: 4, of: 4)])
    }

    @Test("a full chassis of 16,384 ONTs is discovered completely, port by port, and each port's count agrees")
    func fullChassis() async throws {
        let shape = try GeneratedShape(.huawei, boards: 16, ports: 16, onus: 64)

        let (survey, parts) = try await Lab.visit(.generated(shape), profile: "auto") { visit in
            (try await visit.session.discover(), visit.steps.parts)
        }

        #expect(survey.coverage == .complete && survey.byIndex.count == 16_384)
        #expect(survey.ports.count == 256 && survey.ports.allSatisfy { $0.counted == 64 && $0.seen == 64 })
        #expect(parts.last == RunPart(.port, done: 256, of: 256))
        // Five columns of 64 rows in answers of 1,472 octets; the rest lists ports and looks behind them.
        #expect(survey.requests < 256 * 10, "\(survey.requests)")
    }

    @Test("a walk that ended too soon is repeated gently, and then says the port and both numbers")
    func short() async throws {
        let shape = try GeneratedShape(.huawei, boards: 1, ports: 2, onus: 40)
        var faults = Faults()
        faults.stopAfter = 30

        let survey = try await Lab.visit(.generated(shape), profile: "huawei", faults: faults) { visit in
            try await visit.session.discover()
        }

        guard case .partial(let reason) = survey.coverage else { throw Unfit("a complete survey") }
        #expect(reason.contains("port 0/1/0: ") && reason.contains("ONUs read, the device counts 40"), "\(reason)")
        #expect(survey.ports.allSatisfy { $0.counted == 40 && $0.seen < 40 })
    }

    @Test("a device that falls silent half-way is partial with the ports that are missing; what was read stays")
    func silent() async throws {
        let lab = try Lab(.generated(try GeneratedShape(.huawei, boards: 1, ports: 8, onus: 6)))
        defer { lab.simulator.stop() }
        let fallSilent: @Sendable (RunStep) -> Void = { step in
            guard step.part?.done == 3 else { return }
            var faults = Faults()
            faults.isSilent = true
            lab.setFaults(faults)
        }

        let survey = try await lab.visit(profile: "huawei", onStep: fallSilent) { try await $0.session.discover() }

        guard case .partial(let reason) = survey.coverage else { throw Unfit("a complete survey") }
        #expect(reason.contains("port 0/1/3: no answer to") && reason.contains("port 0/1/4: no answer to"), "\(reason)")
        #expect(reason.contains("3 further ports were not asked, the device is silent"))
        #expect(survey.observations.count == 18 && survey.ports.map(\.seen) == [6, 6, 6, 0, 0, 0, 0, 0])
    }

    @Test("a device that falls silent before it told of any ONU is an error, not an empty box")
    func silentAtOnce() async throws {
        let lab = try Lab(.generated(try GeneratedShape(.vsolGPON, boards: 1, ports: 2, onus: 6)))
        defer { lab.simulator.stop() }
        let fallSilent: @Sendable (RunStep) -> Void = { _ in
            var faults = Faults()
            faults.isSilent = true
            lab.setFaults(faults)
        }

        let error = await #expect(throws: DeviceError.self) {
            try await lab.visit(profile: "vsol-gpon", onStep: fallSilent) { try await $0.session.discover() }
        }

        #expect(error?.fault.errorClass == "device_silent")
    }

    @Test("a device that is silent from the start, or answers nothing but garbage, is an error by its name")
    func hopeless() async throws {
        var silent = Faults()
        silent.isSilent = true
        var garbage = Faults()
        garbage.garbage = 1
        let source = SimulatorSettings.Group.Source.generated(try GeneratedShape(.huawei, boards: 1, ports: 1, onus: 1))

        for faults in [silent, garbage] {
            let error = await #expect(throws: DeviceError.self) {
                try await Lab.visit(source, profile: "auto", faults: faults) { try await $0.session.discover() }
            }
            #expect(["device_silent", "device_garbage"].contains(error?.fault.errorClass ?? ""), "\(error.map { "\($0)" } ?? "")")
        }
    }

    @Test("a device that answers little at a time and loses some is read completely")
    func lossy() async throws {
        let shape = try GeneratedShape(.zteC6xx, boards: 1, ports: 4, onus: 16)
        var faults = Faults()
        faults.fewerRows = 7
        faults.loss = 0.03
        faults.tooBigOver = 900

        let survey = try await Lab.visit(.generated(shape), profile: "zte-c6xx", faults: faults) { visit in
            try await visit.session.discover()
        }

        #expect(survey.coverage == .complete && survey.observations.count == 64)
    }

    @Test(
        "hostile texts reach nobody: no control character, no mark that turns the writing, no more than a line",
        arguments: Vendor.allCases
    )
    func hostile(vendor: Vendor) async throws {
        let (_, profile, _) = try #require(Self.vendors.first { $0.0 == vendor })
        var faults = Faults()
        faults.hostile = 1

        let survey = try await Lab.visit(
            .generated(try GeneratedShape(vendor, boards: 1, ports: 2, onus: 12)),
            profile: profile,
            faults: faults
        ) {
            try await $0.session.discover()
        }

        for onu in survey.observations {
            for text in [onu.serial, onu.name, onu.description, onu.model, onu.lastDownCause].compactMap({ $0 }) {
                #expect(text == PlainTextRule.made(text) && text.count <= 500, "\(text.debugDescription)")
            }
        }
    }

    @Test("what was found out is remembered; other credentials may mean another box")
    func remembered() async throws {
        let lab = try Lab(.generated(try GeneratedShape(.vsolGPON, boards: 1, ports: 1, onus: 4)))
        defer { lab.simulator.stop() }

        func requests(revision: Int) async throws -> Int {
            let before = lab.requests
            _ = try await lab.visit(profile: "auto", revision: revision) { try await $0.session.discover() }
            return lab.requests - before
        }
        let first = try await requests(revision: 1)
        let second = try await requests(revision: 1)
        let changed = try await requests(revision: 2)

        #expect(second == first - 2, "sysObjectID and one GETNEXT less: \(first), \(second)")
        #expect(changed == first)
    }

    @Test("dear columns that a device has not are asked for once, and those it has are not measured to find that out again")
    func missingColumns() async throws {
        // Its optics are read, the firmware of its ONTs is not there.
        let lab = try Lab(.generated(try GeneratedShape(.huawei, boards: 1, ports: 1, onus: 4)))
        defer { lab.simulator.stop() }

        func requests() async throws -> Int {
            let before = lab.requests
            _ = try await lab.visit(profile: "huawei") { try await $0.session.read([.optics, .inventory], of: nil) }
            return lab.requests - before
        }
        let first = try await requests()
        let second = try await requests()

        // Twelve dear columns of two kinds of boards, six of them in a request; EPON has none of them and is asked again.
        #expect(second < first, "\(first), then \(second)")
        let (chosen, totals) = try await lab.visit(profile: "huawei") { visit in
            let index = try await visit.session.discover().observations[0].index
            let before = visit.steps.parts.count
            let survey = try await visit.session.read([.optics, .inventory], of: [index])
            return (survey, visit.steps.parts.dropFirst(before).map(\.total))
        }
        #expect(chosen.observations.count == 1 && chosen.observations.first?.model == "EG8010H")
        #expect(Set(totals) == [7], "neither the column of firmware nor the tables of other boards: \(totals)")
    }

    @Test("a named profile that fits nothing of the box is refused by name")
    func wrongProfile() async throws {
        let source = SimulatorSettings.Group.Source.generated(try GeneratedShape(.vsolGPON, boards: 1, ports: 1, onus: 4))

        await #expect(throws: DeviceError.self) {
            try await Lab.visit(source, profile: "fiberhome") { try await $0.session.discover() }
        }
        let unknown = await #expect(throws: DeviceError.self) {
            try await Lab.visit(source, profile: "fibrehome") { try await $0.session.discover() }
        }
        #expect(unknown?.fault.message.contains("auto, bdcom-epon") == true)
    }
}

/// What a text may hold, written without the adapter's help.
private enum PlainTextRule {
    static func made(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { scalar in
                    scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && ![0x2028, 0x2029].contains(scalar.value)
                        && !(0x202A...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value)
                }
            )
        )
    }
}
