import Glibc
import OLTSimulator
import Testing

@Suite("Recordings", .timeLimit(.minutes(4)))
struct RecordingTests {
    private func rows(_ text: String) throws -> RowTable {
        try Recording(snmprec: Array(text.utf8), file: "a.snmprec", isStrict: true).rows
    }

    private func values(_ rows: RowTable) throws -> [SimulatedValue] {
        var device = try DeviceHarness(rows)
        return try device.walk().map(\.value)
    }

    @Test("every tag of the grammar is read")
    func tags() throws {
        let text = """
            1.3.1|2|-2147483648
            1.3.2|4|a|b|
            1.3.3|4|
            1.3.4|4x|00FFab
            1.3.5|4e|\\x00(\\r\\\\n\\"q\\"
            1.3.6|5|
            1.3.7|6|1.3.6.1.4.1.4294967295
            1.3.8|64|10.0.255.1
            1.3.9|64x|0A00FF01
            1.3.10|65|4294967295
            1.3.11|66|1
            1.3.12|67|2
            1.3.13|68|xy
            1.3.14|68x|9f78
            1.3.15|70|18446744073709551615
            1.3.16|4e|"quoted"
            1.3.17|128|
            1.3.18|129|

            """

        #expect(
            try values(rows(text)) == [
                .integer(.min), .octets(Array("a|b|".utf8)), .octets([]), .octets([0, 0xFF, 0xAB]), .octets(Array("\0(\r\\n\"q\"".utf8)),
                .null,
                .name(ObjectName([1, 3, 6, 1, 4, 1, .max])), .address(0x0A00_FF01), .address(0x0A00_FF01), .counter32(.max), .gauge32(1),
                .timeTicks(2), .opaque([0x78, 0x79]), .opaque([0x9F, 0x78]), .counter64(.max), .octets(Array("quoted".utf8)), .noSuchObject,
                .noSuchInstance,
            ]
        )
    }

    @Test(
        "a bad line is refused with file, line and reason",
        arguments: [
            ("1.3.1|2", .fields), ("1.3.x|2|1", .name("1.3.x")), ("1.3.1|99|1", .tag("99")), ("1.3.1|4y|1", .tag("4y")),
            ("1.3.1|4x|ABC", .oddHexadecimal), ("1.3.1|4x|GG", .notHexadecimal), ("1.3.1|4e|a\\q", .escape), ("1.3.1|4e|a\\", .escape),
            ("1.3.1|4e|\\x1", .escape), ("1.3.1|2|2147483648", .outOfRange("2147483648")), ("1.3.1|2|x", .number("x")),
            ("1.3.1|65|-1", .outOfRange("-1")), ("1.3.1|70|18446744073709551616", .outOfRange("18446744073709551616")),
            ("1.3.1|67|", .number("")), ("1.3.1|64|1.2.3", .address("1.2.3")), ("1.3.1|64x|0102", .address("0102")),
            ("1.3.1|5|x", .notEmpty),
            ("1.3.1|6|1.4294967296", .name("1.4294967296")),
        ] as [(String, LineFault)]
    )
    func badLines(_ line: String, _ fault: LineFault) {
        let text = "1.3.0|2|1\n\(line)\n"

        #expect(throws: RecordingError.badLines([RecordingProblem(file: "a.snmprec", line: 2, fault: fault)])) { try rows(text) }
        #expect(RecordingProblem(file: "a.snmprec", line: 2, fault: fault).description.hasPrefix("a.snmprec:2: "))
    }

    @Test("rows in any order are sorted; a repeated name keeps its first row and is told")
    func order() throws {
        let recording = try Recording(snmprec: Array("1.3.2|2|2\n1.3.10|2|10\n1.3.1|2|1\n1.3.2|2|3".utf8), file: "a")

        #expect(try values(recording.rows) == [.integer(1), .integer(2), .integer(10)])
        #expect(recording.lines == 4)
        #expect(recording.repeated == [RecordingProblem(file: "a", line: 4, fault: .repeated("1.3.2"))])
    }

    @Test("the text of net-snmp's tools is read, with continued lines")
    func walkText() throws {
        let text = """
            .1.3.1 = STRING: "two
            lines \\"quoted\\""
            .1.3.2 = Hex-STRING: 41 4E
            00 01
            .1.3.3 = INTEGER: -7
            .1.3.4 = Timeticks: (123) 0:00:01.23
            .1.3.5 = OID: .1.3.6.1
            .1.3.6 = IpAddress: 10.0.0.1
            .1.3.7 = ""
            .1.3.8 = Counter64: 18446744073709551615
            .1.3.9 = Gauge32: 5
            .1.3.10 = 77
            .1.3.11 = No Such Instance currently exists at this OID
            .1.3.11 = No more variables left in this MIB View (It is past the end of the MIB tree)

            """

        let recording = try Recording(walk: Array(text.utf8), file: "a.snmpwalk")

        #expect(
            try values(recording.rows) == [
                .octets(Array("two\nlines \"quoted\"".utf8)), .octets([0x41, 0x4E, 0, 1]), .integer(-7), .timeTicks(123),
                .name(ObjectName([1, 3, 6, 1])),
                .address(0x0A00_0001), .octets([]), .counter64(.max), .gauge32(5), .timeTicks(77), .noSuchInstance,
            ]
        )
        #expect(throws: RecordingError.badLines([RecordingProblem(file: "b", line: 2, fault: .tag("Strange"))])) {
            try Recording(walk: Array(".1.3.1 = INTEGER: 1\n.1.3.2 = Strange: 1\n".utf8), file: "b", isStrict: true)
        }
    }

    @Test("bad lines are told with file and line, and the good rows go on", arguments: ["a.snmprec", "a.snmpwalk"])
    func goesOn(_ file: String) throws {
        let recording =
            try file.hasSuffix("rec")
            ? Recording(snmprec: Array("1.3.1|2|1\nnonsense\n1.3.2|2|x\n1.3.3|2|3\n".utf8), file: file)
            : Recording(
                walk: Array(".1.3.1 = INTEGER: 1\n.1.3.2 = Strange: 2\n.1.3.2 = INTEGER: x\n.1.3.3 = INTEGER: 3\n".utf8),
                file: file
            )

        #expect(try values(recording.rows) == [.integer(1), .integer(3)])
        #expect(recording.bad.map(\.line) == [2, 3])
        #expect(recording.bad.allSatisfy { $0.description.hasPrefix("\(file):") })
    }

    @Test("a file of nothing but bad lines is refused, with the first of them")
    func nothingGood() {
        let lines = Array(String(repeating: "nonsense\n", count: 30).utf8)

        let expected = (1...20).map { RecordingProblem(file: "a", line: $0, fault: .fields) }
        #expect(throws: RecordingError.badLines(expected)) { try Recording(snmprec: lines, file: "a") }
    }

    @Test("varied devices differ in serials and sysName and in nothing else")
    func variation() throws {
        let rows = try rows(
            """
            1.3.6.1.2.1.1.5.0|4|name
            1.3.6.1.2.1.1.6.0|4|place
            1.3.6.1.4.1.2011.6.128.1.1.2.43.1.3.4194312192.1|4x|414E4F4E00000001
            1.3.6.1.4.1.2011.6.128.1.1.2.43.1.3.4194312192.2|4x|414E4F4E00000002
            1.3.6.1.4.1.3902.1082.500.10.2.3.3.1.6.1.1|4|1,ZTEG0000000A

            """
        )

        var plain = try DeviceHarness(rows)
        var first = try DeviceHarness(rows, isVaried: true, address: "127.10.0.1")
        var second = try DeviceHarness(rows, isVaried: true, address: "127.10.0.2")
        let (recorded, one, two) = (try plain.walk().map(\.value), try first.walk().map(\.value), try second.walk().map(\.value))

        #expect(recorded[2] == .octets([0x41, 0x4E, 0x4F, 0x4E, 0, 0, 0, 1]))
        #expect(one[1] == recorded[1])
        #expect(Set([one[2], one[3], two[2], two[3], recorded[2], recorded[3]]).count == 6)
        #expect(Set([one[4], two[4], recorded[4]]).count == 3)
        #expect(one[0] == .octets(Array("olt-127-10-0-1".utf8)))
        for values in [one, two] {
            guard case (.octets(let binary), .octets(let text)) = (values[2], values[4]) else {
                Issue.record("a serial is not text")
                continue
            }
            #expect(binary.starts(with: "ANON".utf8) && binary.count == 8)
            #expect(text.starts(with: "1,ZTEG".utf8) && text.count == 14)
        }
    }

    @Test("a file without rows is refused")
    func emptyFile() {
        #expect(throws: RecordingError.empty("a.snmprec")) { try rows("\n\n") }
        #expect(throws: RecordingError.empty("a")) { try Recording(walk: [], file: "a") }
    }

    @Test("a file that is not there is told")
    func missingFile() {
        #expect(throws: RecordingError.unreadable(FileError(file: "/nowhere/a.snmprec", code: ENOENT))) {
            try Recording(file: "/nowhere/a.snmprec")
        }
    }

    // MARK: Recordings of real gear

    private static let expected: [(file: String, lines: Int, repeated: Int)] = [
        ("bdcom_gp3600-16b.snmprec", 3724, 0), ("cdata_fd12xx_epon_reconstructed.snmprec", 998, 0), ("huawei_gpon_ont_rows.snmprec", 51, 0),
        ("huawei_gpon_ont_rows.snmpwalk", 51, 0), ("huawei_ma5603t_smartax.snmprec", 3707, 0),
        ("large_flexbng_78k_rows.snmprec", 78_384, 0),
        ("nokia_isam_7360_r6.5.snmprec", 2778, 0), ("ubiquiti_ufiber_olt.snmprec", 1365, 0), ("vsol_v1600d_epon.snmprec", 1259, 0),
        ("zte_c320_v2.1.snmprec", 2809, 3),
    ]

    /// The folder of recordings, or `nil` after saying so; CI must have it.
    private func folder() -> String? {
        let named = getenv("FLOTILLA_RECORDINGS").map { String(cString: $0) }
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        let folder = named ?? root + "/../shared/snmp/recordings"
        if access(folder, R_OK) == 0 { return folder }
        Issue.record(
            "recordings of real gear are missing at \(folder); set FLOTILLA_RECORDINGS",
            severity: getenv("CI").map { String(cString: $0) } == "true" ? .error : .warning
        )
        return nil
    }

    @Test("every recording of real gear loads, row for row", arguments: expected)
    func realGear(_ file: String, _ lines: Int, _ repeated: Int) throws {
        guard let folder = folder() else { return }

        let recording = try Recording(file: "\(folder)/\(file)")

        #expect(recording.lines == lines)
        #expect(recording.repeated.count == repeated)
        #expect(recording.rows.count == lines - repeated)
    }

    @Test("both forms of the same Huawei rows give the same device")
    func sameRows() throws {
        guard let folder = folder() else { return }

        let first = try values(Recording(file: "\(folder)/huawei_gpon_ont_rows.snmprec").rows)
        let second = try values(Recording(file: "\(folder)/huawei_gpon_ont_rows.snmpwalk").rows)

        #expect(first.count == 51)
        #expect(first == second)
    }
}
