import Domain
import OLTSimulator
import TestSupport
import Testing

/// Real OLTs' answers, served by simulated ones and read by engine and profile.
///
/// What is expected is worked out here from the raw numbers of the recordings, not by the profiles.
@Suite("Recorded OLTs", .serialized, .timeLimit(.minutes(2)))
struct RecordingTests {
    private static let interfaces = "1.3.6.1.2.1.2.2.1"
    private static let enterprises = "1.3.6.1.4.1"

    private struct Reading {
        let rows: RawRows
        let identity: DeviceIdentity
        let discovery: Survey
        let optics: Survey
    }

    /// Identifies, discovers and reads the box as it would be entered: with `auto`; `nil`, said aloud, without recordings.
    private func read(_ file: String, profile: String = "auto", _ columns: [ONUColumn] = [.distance, .optics]) async throws -> Reading? {
        guard let folder = try Recordings.folder() else { return nil }
        let path = "\(folder)/\(file)"
        return try await Lab.visit(.recording(path), profile: profile) { visit in
            let identity = try await visit.session.identify()
            let discovery = try await visit.session.discover()
            let optics = try await visit.session.read(columns, of: nil)
            return Reading(rows: try RawRows(path), identity: identity, discovery: discovery, optics: optics)
        }
    }

    @Test("UFiber: 29 ONUs with serial, state, model, distance and power")
    func ufiber() async throws {
        guard let read = try await read("ubiquiti_ufiber_olt.snmprec") else { return }
        let table = "\(Self.enterprises).41112.1.5.6.2.1"
        let serials = read.rows.column("\(table).1")
        let onus = read.discovery.byIndex
        let optics = read.optics.byIndex

        #expect(read.identity.facts.profile == "ufiber" && read.identity.facts.vendor == "Ubiquiti")
        #expect(read.discovery.coverage == .complete && read.optics.coverage == .complete)
        #expect(serials.count == 29 && Set(onus.keys) == Set(serials.keys))
        for (index, onu) in onus {
            let serial = serials[index]?.text ?? ""
            #expect(onu.serial == serial.prefix(4) + serial.dropFirst(4).uppercased())
            #expect(onu.name == read.rows.column("\(table).2")[index]?.text)
            #expect(onu.model == read.rows.column("\(table).4")[index]?.text.flatMap { $0.isEmpty ? nil : $0 })
            #expect(onu.runStatus == (read.rows.column("\(table).3")[index]?.whole == 1 ? .online : .offline))
            let distance = read.rows.column("\(table).8")[index]?.whole.flatMap { $0 == 0 ? nil : Double($0) }
            let power = read.rows.column("\(table).9")[index]?.whole.flatMap { $0 == 0 ? nil : Double($0) / 100 }
            #expect(isSame(optics[index]?.distanceMetres, distance) && isSame(optics[index]?.rxOnuDbm, power), "\(index)")
        }
        #expect(onus.values.count { $0.runStatus == .online } == 16)
    }

    @Test("C-Data: 263 ONUs, 92 of them with optics, and the counter of each port")
    func cdata() async throws {
        guard let read = try await read("cdata_fd12xx_epon_reconstructed.snmprec") else { return }
        let table = "\(Self.enterprises).17409.2.3.4"
        let names = read.rows.column("\(table).1.1.2")
        let onus = read.discovery.byIndex
        let optics = read.optics.byIndex

        #expect(read.identity.facts.profile == "cdata")
        #expect(read.discovery.coverage == .complete && read.optics.coverage == .complete)
        #expect(names.count == 263 && Set(onus.keys) == Set(names.keys))
        for (index, onu) in onus {
            #expect(onu.name == names[index]?.text && onu.serial == nil)
            #expect(onu.runStatus == (read.rows.column("\(table).1.1.8")[index]?.whole == 1 ? .online : .offline))
            let packed = Int(index) ?? 0
            #expect(onu.onuID == packed & 0xFF && onu.port == "\(packed >> 16 & 0xFF)/\(packed >> 8 & 0xFF)")
        }
        // One ONU tells 255.4 degrees, which is no temperature.
        let columns: [(String, KeyPath<ONUObservation, Double?>, Double, ClosedRange<Double>)] = [
            ("2.1.4", \.rxOnuDbm, 100, -45...10), ("2.1.5", \.txOnuDbm, 100, -45...10), ("2.1.7", \.voltageVolts, 100_000, 0...20),
            ("2.1.8", \.temperatureCelsius, 100, -60...150),
        ]
        for (column, reading, scale, plausible) in columns {
            let raw = read.rows.column("\(table).\(column)")
            #expect(raw.count == 92)
            for index in onus.keys {
                let expected = raw["\(index).0.0"]?.whole.map { Double($0) / scale }.flatMap { plausible.contains($0) ? $0 : nil }
                #expect(isSame(optics[index]?[keyPath: reading], expected), "\(column) of \(index)")
            }
            #expect(optics.values.count { $0[keyPath: reading] != nil } >= 91)
        }
        let distances = read.rows.column("\(table).1.1.15")
        for index in onus.keys { #expect(isSame(optics[index]?.distanceMetres, distances[index]?.whole.map(Double.init)), "\(index)") }
        #expect(onus.values.count { $0.runStatus == .online } == 239)
        let counters = read.rows.column("\(Self.enterprises).17409.2.3.3.1.1.8")
        #expect(read.discovery.ports.map(\.counted) == counters.sorted { $0.key < $1.key }.map(\.value.whole))
        for port in read.discovery.ports {
            #expect(port.counted == onus.values.count { $0.port == port.port && $0.runStatus == .online }, "\(port)")
        }
    }

    @Test("ZTE C320: 125 ONUs with their distance, found in tree 1012 although the box says 1082")
    func zte() async throws {
        guard let read = try await read("zte_c320_v2.1.snmprec", [.distance]) else { return }
        let distances = read.rows.column("\(Self.enterprises).3902.1012.3.11.4.1.2")
        let onus = read.discovery.byIndex

        #expect(read.identity.facts.sysObjectID == "1.3.6.1.4.1.3902.1082.1001.320.2.1")
        #expect(read.identity.facts.profile == "zte-c3xx" && read.identity.facts.vendor == "ZTE")
        #expect(read.identity.trials.first { $0.profile == "zte-c6xx" } == .init(profile: "zte-c6xx", isProposed: true, answered: false))
        #expect(read.discovery.coverage == .complete)
        #expect(distances.count == 125 && Set(onus.keys) == Set(distances.keys))
        for (index, onu) in onus {
            let arcs = index.split(separator: ".").compactMap { Int($0) }
            let expected = distances[index]?.whole.flatMap { $0 > 0 ? Double($0) : nil }
            #expect(isSame(onu.distanceMetres, expected) && isSame(read.optics.byIndex[index]?.distanceMetres, expected), "\(index)")
            #expect(onu.port == "1/\(arcs[0] >> 16 & 0xFF)/\(arcs[0] >> 8 & 0xFF)" && onu.onuID == arcs[1])
            #expect(onu.runStatus == nil && onu.serial == nil && onu.name == nil)
        }
        #expect(read.discovery.ports.count == 8 && read.discovery.ports.allSatisfy { $0.counted == nil })
        #expect(read.discovery.ports.map(\.seen).reduce(0, +) == 125)
    }

    @Test("V-SOL EPON: 16 ONUs with description and optics that come as text with units")
    func vsol() async throws {
        guard let read = try await read("vsol_v1600d_epon.snmprec", [.optics]) else { return }
        let table = "\(Self.enterprises).37950.1.1.5.12"
        let names = read.rows.column("\(table).1.25.1.9")
        let onus = read.discovery.byIndex
        let optics = read.optics.byIndex

        #expect(read.identity.facts.profile == "vsol-epon")
        #expect(read.identity.trials.first { $0.profile == "vsol-gpon" } == .init(profile: "vsol-gpon", isProposed: true, answered: false))
        #expect(read.discovery.coverage == .complete)
        #expect(names.count == 16 && Set(onus.keys) == Set(names.keys))
        for (index, onu) in onus {
            #expect(onu.description == names[index]?.text && onu.port == "0/1" && onu.onuID == Int(index.dropFirst(2)))
            func number(_ column: String, _ unit: String) -> Double? {
                // "0.03 mW (-14.61 dBm)": what stands before the unit.
                let text = read.rows.column("\(table).2.1.8.1.\(column)")[index]?.text ?? ""
                return text.components(before: unit).flatMap(Double.init)
            }
            #expect(isSame(optics[index]?.temperatureCelsius, number("3", " C")), "\(index)")
            #expect(isSame(optics[index]?.voltageVolts, number("4", " V")), "\(index)")
            #expect(isSame(optics[index]?.biasMilliamps, number("5", " mA")), "\(index)")
            #expect(isSame(optics[index]?.txOnuDbm, number("6", " dBm")), "\(index)")
            #expect(isSame(optics[index]?.rxOnuDbm, number("7", " dBm")), "\(index)")
        }
        #expect(optics.values.allSatisfy { $0.rxOnuDbm != nil && $0.temperatureCelsius != nil })
    }

    @Test("BDCOM: 64 ONUs that are interfaces, with state, and the counters of 16 ports")
    func bdcom() async throws {
        guard let read = try await read("bdcom_gp3600-16b.snmprec", [.status]) else { return }
        let names = read.rows.column("\(Self.interfaces).2").filter { $0.value.text?.contains(":") == true }
        let onus = read.discovery.byIndex

        #expect(read.identity.facts.profile == "bdcom-gpon")
        #expect(read.discovery.coverage == .complete)
        #expect(names.count == 64 && Set(onus.keys) == Set(names.keys))
        for (index, onu) in onus {
            let name = names[index]?.text ?? ""
            #expect("\(onu.port ?? ""):\(onu.onuID ?? 0)" == name)
            let status = read.rows.column("\(Self.interfaces).8")[index]?.whole
            #expect(onu.runStatus == (status == 1 ? .online : .offline))
            #expect(onu.adminStatus == (read.rows.column("\(Self.interfaces).7")[index]?.whole == 1 ? .enabled : .disabled))
            #expect(read.optics.byIndex[index]?.runStatus == onu.runStatus)
        }
        #expect(onus.values.count { $0.runStatus == .online } == 54)
        let active = read.rows.column("\(Self.enterprises).3320.10.2.1.1.4")
        let inactive = read.rows.column("\(Self.enterprises).3320.10.2.1.1.5")
        #expect(read.discovery.ports.count == 16)
        for (index, name) in read.rows.column("1.3.6.1.2.1.31.1.1.1.1") where active[index] != nil {
            let port = read.discovery.ports.first { $0.port == name.text }
            #expect(port?.counted == (active[index]?.whole ?? 0) + (inactive[index]?.whole ?? 0))
            #expect(port?.seen == port?.counted)
        }
    }

    @Test("Nokia: 30 ONTs that are interfaces with a packed number, on 16 ports")
    func nokia() async throws {
        guard let read = try await read("nokia_isam_7360_r6.5.snmprec", [.status]) else { return }
        let types = read.rows.column("\(Self.interfaces).3")
        let onts = types.filter { $0.value.whole == 270 }
        let onus = read.discovery.byIndex

        #expect(read.identity.facts.profile == "nokia-isam" && read.identity.facts.vendor == "Nokia")
        #expect(read.discovery.coverage == .complete)
        #expect(onts.count == 30 && Set(onus.keys) == Set(onts.keys))
        for (index, onu) in onus {
            let packed = Int(index) ?? 0
            #expect(onu.port == "\((packed >> 25) - 1)/\((packed >> 16 & 31) + 1)" && onu.onuID == (packed >> 9 & 127) + 1)
            #expect(onu.runStatus == (read.rows.column("\(Self.interfaces).8")[index]?.whole == 1 ? .online : .offline), "\(index)")
            #expect(onu.adminStatus == (read.rows.column("\(Self.interfaces).7")[index]?.whole == 1 ? .enabled : .disabled), "\(index)")
            #expect(onu.serial == nil && onu.rxOnuDbm == nil)
        }
        #expect(read.discovery.ports.count == types.values.count { $0.whole == 250 })
        #expect(read.discovery.ports.map(\.seen).reduce(0, +) == 30)
    }

    @Test("Huawei rows without a system group: 3 ONTs with serial, description and optics, entered by the profile's name")
    func huawei() async throws {
        guard let read = try await read("huawei_gpon_ont_rows.snmprec", profile: "huawei", [.optics]) else { return }
        let table = "\(Self.enterprises).2011.6.128.1.1.2"
        let serials = read.rows.column("\(table).43.1.3")
        let optics = read.optics.byIndex

        #expect(read.identity.facts.sysObjectID == nil && read.identity.facts.profile == "huawei" && read.identity.facts.vendor == "Huawei")
        #expect(read.discovery.coverage == .complete)
        #expect(serials.count == 3 && Set(read.discovery.byIndex.keys) == Set(serials.keys))
        for (index, onu) in read.discovery.byIndex {
            guard case .bytes(let octets)? = serials[index] else { throw Unfit("no serial of \(index)") }
            let digits = octets.dropFirst(4).map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
            #expect(onu.serial == String(decoding: octets.prefix(4), as: UTF8.self) + digits)
            #expect(onu.description == read.rows.column("\(table).43.1.9")[index]?.text)
            #expect(onu.port == "0/1/0" && index == "4194312192.\(onu.onuID ?? -1)" && onu.runStatus == nil)
            func raw(_ column: String) -> Double? { read.rows.column("\(table).51.1.\(column)")[index]?.whole.map(Double.init) }
            let reading = optics[index]
            #expect(isSame(reading?.temperatureCelsius, raw("1")) && isSame(reading?.biasMilliamps, raw("2")))
            #expect(isSame(reading?.txOnuDbm, raw("3").map { $0 / 100 }) && isSame(reading?.rxOnuDbm, raw("4").map { $0 / 100 }))
            #expect(isSame(reading?.voltageVolts, raw("5").map { $0 / 1000 }))
            #expect(isSame(reading?.rxOltDbm, raw("6").map { ($0 - 10_000) / 100 }))
        }
    }

    @Test("MA5603T: 32 ports with their counts; a port that counts 11 ONTs and shows none makes the discovery partial")
    func smartAX() async throws {
        guard let folder = try Recordings.folder() else { return }
        let path = "\(folder)/huawei_ma5603t_smartax.snmprec"
        let counts = try RawRows(path).column("\(Self.enterprises).2011.6.128.1.1.2.21.1.16")
        let names = try RawRows(path).column("1.3.6.1.2.1.31.1.1.1.1")

        let (survey, facts) = try await Lab.visit(.recording(path), profile: "auto") { visit in
            (try await visit.session.discover(), try await visit.session.facts())
        }

        #expect(facts.profile == "huawei")
        #expect(counts.count == 32 && survey.ports.count == 32)
        for (index, count) in counts {
            let name = names[index]?.text?.dropFirst("GPON ".count)
            let port = survey.ports.first { $0.port == name.map(String.init) }
            #expect(port?.counted == count.whole && port?.seen == 0, "\(index)")
        }
        guard case .partial(let reason) = survey.coverage else { throw Unfit("a complete survey") }
        #expect(reason == "port 0/0/15: 0 ONUs read, the device counts 11")
    }

    @Test("a box that nobody knows is read by the generic profile: its PON ports, and no ONU")
    func generic() async throws {
        guard let folder = try Recordings.folder() else { return }

        let survey = try await Lab.visit(.recording("\(folder)/huawei_ma5603t_smartax.snmprec"), profile: "generic") { visit in
            try await visit.session.discover()
        }

        #expect(survey.coverage == .complete && survey.observations.isEmpty)
        #expect(survey.ports.count == 32 && survey.ports.contains { $0.port == "GPON 0/1/15" })
    }

    @Test("a box without a system group is found out by its tables alone")
    func withoutSystemGroup() async throws {
        guard let folder = try Recordings.folder() else { return }

        let identity = try await Lab.visit(.recording("\(folder)/huawei_gpon_ont_rows.snmprec"), profile: "auto") { visit in
            try await visit.session.identify()
        }

        #expect(identity.facts.profile == "huawei")
        #expect(identity.trials.filter(\.answered).map(\.profile) == ["huawei"])
        #expect(identity.trials.allSatisfy { !$0.isProposed })
    }
}

extension String {
    /// The word right before the first `end`, without an opening bracket.
    fileprivate func components(before end: String) -> String? {
        guard let range = firstRange(of: end) else { return nil }
        return self[..<range.lowerBound].split { $0 == " " || $0 == "(" }.last.map(String.init)
    }
}
