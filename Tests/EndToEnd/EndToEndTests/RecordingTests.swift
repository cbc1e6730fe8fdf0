import APIContract
import TestSupport
import Testing

extension EndToEnd {
    /// Real OLTs' answers through everything: command line, API, RabbitMQ, a worker, SNMP, PostgreSQL.
    ///
    /// What is expected is worked out here from the raw numbers of the recordings, not by the profiles.
    @Suite("Recorded OLTs", .serialized, .timeLimit(.minutes(2)))
    struct RecordedOLTs {
        private static let files = [
            "127.31.0.1": "ubiquiti_ufiber_olt.snmprec", "127.31.0.2": "cdata_fd12xx_epon_reconstructed.snmprec",
            "127.31.0.3": "huawei_gpon_ont_rows.snmprec",
        ]

        /// Enters the OLT, discovers it, reads all columns; `nil`, said aloud, when there are no recordings.
        private func read(_ address: String, profile: String) async throws -> (rows: RawRecording, onus: [String: ONUShape], olt: OLTShape)?
        {
            guard let folder = try Recordings.folder() else { return nil }
            let fleet = try await SharedFleets.up()
            let simulator = try await OLTSim.recordings(Self.files.mapValues { "\(folder)/\($0)" })
            let name = TestServers.unique(profile)
            try await fleet.enter(name, at: address, simulator, profile: profile)
            let discovery: TaskShape = try await fleet.cliJSON(
                "task",
                "publish",
                "snmp.discovery",
                "--olt",
                name,
                "--wait",
                within: .seconds(60)
            )
            #expect(discovery.state == "succeeded")
            let reading: TaskShape = try await fleet.cliJSON(
                "task",
                "publish",
                "snmp.get",
                "--olt",
                name,
                "--payload",
                #"{"columns":["status","distance","optics"]}"#,
                "--wait",
                within: .seconds(60)
            )
            #expect(reading.state == "succeeded")
            let list: Listing<ONUShape> = try await fleet.cliJSON("onu", "list", "--olt", name, "--limit", "1000")
            #expect(list.items.allSatisfy { $0.state == "present" && $0.olt == name })
            let onus = Dictionary(list.items.map { ($0.index, $0) }) { first, _ in first }
            #expect(onus.count == list.items.count)
            let olt: OLTShape = try await fleet.cliJSON("olt", "show", name)
            return (try RawRecording("\(folder)/\(Self.files[address] ?? "")"), onus, olt)
        }

        @Test("the UFiber OLT shows 29 ONUs with serial, status, distance and power, 16 of them up")
        func ufiber() async throws {
            guard let (rows, onus, olt) = try await read("127.31.0.1", profile: "ufiber") else { return }
            let table = "41112.1.5.6.2.1"
            let serials = rows.column("\(table).1")
            let states = rows.column("\(table).3")
            let distances = rows.column("\(table).8")
            let powers = rows.column("\(table).9")

            #expect(serials.count == 29)
            #expect(Set(onus.keys) == Set(serials.keys))
            for (index, onu) in onus {
                let serial = serials[index]?.text ?? ""
                #expect(onu.serial == serial.prefix(4) + serial.dropFirst(4).uppercased())
                #expect(onu.runStatus == (states[index]?.whole == 1 ? "online" : "offline"))
                #expect(isSame(onu.distanceM, distances[index]?.whole.flatMap { $0 == 0 ? nil : Double($0) }), "\(index)")
                #expect(isSame(onu.rxOnuDbm, powers[index]?.whole.flatMap { $0 == 0 ? nil : Double($0) / 100 }), "\(index)")
            }
            #expect(onus.values.count { $0.runStatus == "online" } == 16)
            #expect(onus.values.count { $0.rxOnuDbm != nil } == 16)
            #expect(olt.onus.total == 29 && olt.onus.online == 16)
        }

        @Test("the C-Data OLT shows 263 ONUs, 239 up and 24 down, 92 with optics and distance, none with a serial")
        func cdata() async throws {
            guard let (rows, onus, olt) = try await read("127.31.0.2", profile: "cdata") else { return }
            let names = rows.column("17409.2.3.4.1.1.2")
            let states = rows.column("17409.2.3.4.1.1.8")
            let distances = rows.column("17409.2.3.4.1.1.15")
            let received = rows.column("17409.2.3.4.2.1.4")
            let sent = rows.column("17409.2.3.4.2.1.5")

            #expect(names.count == 263)
            #expect(Set(onus.keys) == Set(names.keys))
            for (index, onu) in onus {
                #expect(onu.serial == nil)
                #expect(onu.name == names[index]?.text)
                #expect(onu.onuId == Int(index).map { $0 & 0xFF })
                #expect(onu.runStatus == (states[index]?.whole == 1 ? "online" : "offline"))
                #expect(isSame(onu.distanceM, distances[index]?.whole.map(Double.init)), "\(index)")
                #expect(isSame(onu.rxOnuDbm, received["\(index).0.0"]?.whole.map { Double($0) / 100 }), "\(index)")
                #expect(isSame(onu.txOnuDbm, sent["\(index).0.0"]?.whole.map { Double($0) / 100 }), "\(index)")
            }
            #expect(onus.values.count { $0.runStatus == "online" } == 239)
            #expect(onus.values.count { $0.runStatus == "offline" } == 24)
            #expect(onus.values.count { $0.rxOnuDbm != nil && $0.txOnuDbm != nil && $0.distanceM != nil } == 92)
            #expect(onus.values.count { $0.rxOnuDbm != nil || $0.txOnuDbm != nil || $0.distanceM != nil } == 92)
            #expect(olt.onus.total == 263 && olt.onus.online == 239)
        }

        @Test("the Huawei rows show 3 ONTs with serial, description and power in dBm; nobody knows whether they run")
        func huawei() async throws {
            guard let (rows, onus, olt) = try await read("127.31.0.3", profile: "huawei") else { return }
            let table = "2011.6.128.1.1.2"
            let serials = rows.column("\(table).43.1.3")
            let descriptions = rows.column("\(table).43.1.9")
            let temperatures = rows.column("\(table).51.1.1")
            let sent = rows.column("\(table).51.1.3")
            let received = rows.column("\(table).51.1.4")
            let receivedByOLT = rows.column("\(table).51.1.6")

            #expect(serials.count == 3)
            #expect(Set(onus.keys) == Set(serials.keys))
            for (index, onu) in onus {
                guard case .bytes(let octets)? = serials[index] else { throw NotAsExpected("no serial of \(index)") }
                let digits = octets.dropFirst(4).map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
                #expect(onu.serial == String(decoding: octets.prefix(4), as: UTF8.self) + digits)
                #expect(onu.description == descriptions[index]?.text)
                #expect(isSame(onu.temperatureC, temperatures[index]?.whole.map(Double.init)))
                #expect(isSame(onu.txOnuDbm, sent[index]?.whole.map { Double($0) / 100 }))
                #expect(isSame(onu.rxOnuDbm, received[index]?.whole.map { Double($0) / 100 }))
                #expect(isSame(onu.rxOltDbm, receivedByOLT[index]?.whole.map { Double($0 - 10_000) / 100 }))
                #expect(onu.runStatus == "unknown")
                #expect(onu.distanceM == nil)
                // Port 4194312192 is 0xFA000000 + one slot.
                #expect(onu.port == "0/1/0")
                #expect(index == "4194312192.\(onu.onuId ?? -1)")
            }
            #expect(olt.onus.total == 3 && olt.onus.online == 0)
        }

        /// Equal but for the last bit of a double; a reading there and none here is a difference.
        private func isSame(_ shown: Double?, _ expected: Double?) -> Bool {
            guard let shown, let expected else { return shown == nil && expected == nil }
            return abs(shown - expected) < 0.000_001
        }
    }
}
