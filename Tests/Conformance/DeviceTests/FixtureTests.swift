import DeviceAdapter
import Domain
import OLTSimulator
import TestSupport
import Testing

/// Rows written by hand from the OID tables: every profile is tested, also where there are no recordings.
@Suite("Rows written by hand", .serialized, .timeLimit(.minutes(2)))
struct FixtureTests {
    /// What must come out: index, port/ONU, serial or MAC, state, readings, cause.
    private static let expected: [String: [String]] = [
        "bdcom-epon": [
            "40 EPON0/2 1 fc:fa:01:02:03:40 online rx -15.3 tx 2.1 olt -17.2 77.0 m 45.0 C 3.31 V",
            "41 EPON0/2 2 fc:fa:01:02:03:41 offline [loss of signal: fibre]",
        ],
        "bdcom-gpon": [
            "900 GPON0/1 4 BDCM01020304 online rx -18.7 tx 2.2 olt -20.1 455.0 m (mill)", "901 GPON0/1 7 - offline [loss of signal: fibre]",
        ],
        "cdata": [
            "16780545 0/13 1 e0:e8:e6:00:00:01 online rx -18.33 tx 2.12 640.0 m 41.2 C 3.3 V (onu a)", "16780546 0/13 2 - offline (onu b)",
        ],
        "cdata-fd11xx": ["0.1.5 0/1 5 CDTC0000000A online 512.0 m", "0.1.6 0/1 6 CDTC0000000B offline"],
        "cdata-gpon": [
            "16778241 0/4 1 CDTC01020304 online rx -19.55 tx 2.4 1204.0 m 44.0 C (box 1)",
            "4722690 0/2 2 CDTC0A0B0C0D offline [Dying-Gasp: power] (box 2)",
        ],
        "fiberhome": [
            "606089733 18/4 50 FHTT11223344 online rx -20.1 tx 2.51 1888.0 m (farm)", "606089984 18/4 51 FHTT55667788 offline",
        ],
        "generic": ["20 0/1 3 - offline (school)", "30 - - - online"],
        "huawei": [
            "4160757760.4 0/4/1 4 00:1b:2c:3d:4e:5f online rx -20.0",
            "4194321152.0 1/2/3 0 HWTC0A0B0C0D online rx -21.4 olt -22.35 1520.0 m (house 12)",
            "4194321152.9 1/2/3 9 ZTEGC0FFEE01 offline [dying gasp (power): power]",
        ],
        "nokia-isam": [
            "331481088 8/3 1 ALCLF0000001 online rx -25.852 olt -27.4 3100.0 m", "331483136 8/3 5 - offline",
        ],
        "ufiber": [
            "12.85.66.78.84.97.97.98.98.99.99.48.49 3 - UBNTAABBCC01 online rx -22.75 412.0 m (roof)",
            "12.85.66.78.84.97.97.98.98.99.99.48.50 - - UBNTAABBCC02 offline",
        ],
        "vsol-epon": [
            "2.1 0/2 1 00:aa:bb:cc:dd:01 online rx -14.61 tx 1.81 olt -16.2 310.0 m 30.67 C 3.3 V (shop)",
            "2.3 0/2 3 00:aa:bb:cc:dd:03 offline (bakery)",
        ],
        "vsol-gpon": [
            "3.1 0/3 1 VSOL11223344 online rx -19.32 tx 2.31 980.0 m 47.5 C (flat 7)",
            "3.2 0/3 2 VSOL55667788 offline [loss of signal: fibre]",
        ],
        "zte-c3xx": [
            "268568320.1 1/2/7 1 ZTEG00000001 online rx -23.082 tx 2.4 olt -24.5 640.0 m (ONU-1)",
            "268568320.8 1/2/7 8 ZTEG00000008 offline [power off: power] (ONU-8)",
        ],
        "zte-c6xx": [
            "285278977.1 1/3/1 1 ZTEG00000001 online rx -20.8 tx 2.2 olt -21.87 2210.0 m (ONU-1)",
            "285278977.4 1/3/1 4 ZTEGC0000004 offline [loss of signal: fibre] (ONU-4)",
        ],
    ]

    @Test("every profile has rows written by hand")
    func every() throws {
        #expect(Self.expected.keys.sorted() == (try Lab.shelf().names))
    }

    @Test("the profile is found by its tables, and every row is read", arguments: expected.keys.sorted())
    func read(profile: String) async throws {
        let path = "\(Recordings.packageRoot)/Tests/Fixtures/\(profile).snmprec"

        let (identity, discovery, readings) = try await Lab.visit(.recording(path), profile: "auto") { visit in
            let identity = try await visit.session.identify()
            let discovery = try await visit.session.discover()
            return (identity, discovery, try? await visit.session.read([.distance, .optics], of: nil))
        }

        #expect(identity.facts.profile == profile)
        #expect(identity.trials.first { $0.profile == profile }?.answered == true)
        #expect(discovery.coverage == .complete)
        let read = readings?.byIndex ?? [:]
        let lines = discovery.observations.map { Self.line($0, read[$0.index]) }.sorted()
        #expect(lines == Self.expected[profile])
        #expect(discovery.ports.allSatisfy { $0.counted == nil || $0.counted == $0.seen || profile == "cdata" })
    }

    private static func line(_ onu: ONUObservation, _ reading: ONUObservation?) -> String {
        var parts = [
            onu.index, onu.port ?? "-", onu.onuID.map(String.init) ?? "-", onu.serial ?? onu.mac ?? "-", onu.runStatus?.word ?? "unknown",
        ]
        if let power = reading?.rxOnuDbm { parts.append("rx \(power)") }
        if let power = reading?.txOnuDbm { parts.append("tx \(power)") }
        if let power = reading?.rxOltDbm { parts.append("olt \(power)") }
        if let metres = onu.distanceMetres ?? reading?.distanceMetres { parts.append("\(metres) m") }
        if let heat = reading?.temperatureCelsius { parts.append("\(heat) C") }
        if let volts = reading?.voltageVolts { parts.append("\(volts) V") }
        if let cause = onu.lastDownCause { parts.append("[\(cause): \(onu.downClass?.word ?? "-")]") }
        if let text = onu.description ?? onu.name { parts.append("(\(text))") }
        return parts.joined(separator: " ")
    }
}
