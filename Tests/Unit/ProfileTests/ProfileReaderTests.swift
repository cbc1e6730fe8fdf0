import DeviceAdapter
import Domain
import Foundation
import SNMP
import Testing

@Suite("Profiles")
struct ProfileReaderTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "../../../deploy/profiles"
    ).path

    private static let sound = """
        name: test
        vendor: Test
        models: [T1]
        match:
          sysObjectID: 1.3.6.1.4.1.99
          probe: [1.3.6.1.4.1.99.1]
        limits: { repetitions: 20, asks: column }
        listings:
          - name: onus
            index: { arcs: [{ number: pon }, { number: onu }], port: "0/{pon}", onu: onu }
            ports:
              count: { oid: [1.3.6.1.4.1.99.5], of: all }
            columns:
              serial: { oid: 1.3.6.1.4.1.99.1, type: serial, cost: cheap }
              rxOnu: { oid: 1.3.6.1.4.1.99.2, type: number, scale: 0.01, none: [65535], window: [-45, 10], cost: dear }
              runStatus: { oid: 1.3.6.1.4.1.99.3, type: words, words: { 1: online, 2: offline }, cost: cheap }
              lastDownCause: { oid: 1.3.6.1.4.1.99.4, type: words, words: { 1: no light }, classes: { fibre: [1] }, cost: cheap }
        """

    @Test("every profile that is shipped can be read, and its file bears its name")
    func shipped() throws {
        let shelf = try ProfileShelf(folder: Self.folder)
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter { $0.hasSuffix(".yaml") }

        #expect(shelf.names == files.map { String($0.dropLast(5)) }.sorted())
        for name in ["huawei", "zte-c3xx", "zte-c6xx", "vsol-gpon", "vsol-epon", "bdcom-gpon", "bdcom-epon", "ufiber", "nokia-isam"] {
            #expect(shelf.names.contains(name))
        }
        for name in ["cdata", "cdata-gpon", "fiberhome", "generic"] { #expect(shelf.names.contains(name)) }
    }

    @Test("a sound profile is read")
    func readsSound() throws {
        let profile = try ProfileReader(file: "t.yaml").read(Self.sound)

        #expect(profile.name == "test")
        #expect(profile.listings.first?.columns[.rxOnu]?.cost == .dear)
        #expect(profile.limits.repetitionsMax == 20 && profile.limits.asks == .column)
        #expect(profile.listings.first?.ports?.canBeWalked == true)
        #expect(profile.listings.first?.columns[.lastDownCause]?.type.read(.integer(1)) == .cause("no light", .fibre))
    }

    @Test(
        "a fault names file, line and what is allowed",
        arguments: [
            ("serial, cost: cheap }", "serial, cost: free }", 14, "cheap, medium, dear"),
            ("type: serial", "type: serail", 14, "text, serial, mac, words, number"),
            ("type: serial", "type: number", 14, "serial, text"),
            ("oid: 1.3.6.1.4.1.99.1,", "oid: one.two,", 14, "OID"),
            ("onu: onu }", "onu: nobody }", 10, "nobody"),
            ("0/{pon}", "0/{fan}", 10, "fan"),
            ("vendor: Test", "vender: Test", 1, "vendor"),
            ("window: [-45, 10]", "window: [10, -45]", 15, "smaller one first"),
            ("models: [T1]", "models: [T1]\nextra: 1", 4, "extra"),
            ("2: offline", "2: asleep", 16, "online, offline, unknown"),
            ("fibre: [1]", "glass: [1]", 17, "power, fibre, administrative, other"),
            ("fibre: [1]", "fibre: [9]", 17, "none of the words"),
            ("of: all", "of: some", 12, "all, online"),
            ("repetitions: 20", "repetitions: 0", 7, "1 to 100"),
            ("asks: column", "asks: rows", 7, "row, column"),
            ("name: test", "name: auto", 1, "found out"),
            ("arcs: [{ number: pon }, { number: onu }]", "arcs: [{ bits: [{ name: onu, shift: 30, width: 9 }] }]", 10, "behind bit 31"),
            ("  sysObjectID: 1.3.6.1.4.1.99\n", "", 5, "sysObjectID"),
        ]
    )
    func faults(old: String, new: String, line: Int, says: String) throws {
        let broken = Self.sound.replacingOccurrences(of: old, with: new)
        try #require(broken != Self.sound)

        let fault = #expect(throws: ProfileFault.self) { try ProfileReader(file: "t.yaml").read(broken) }

        #expect(fault?.description.contains(says) == true, "\(fault.map(String.init(describing:)) ?? "")")
        #expect(fault?.file == "t.yaml")
        #expect(fault?.line == line, "\(fault.map(String.init(describing:)) ?? "")")
    }

    @Test("a profile that finds no ONU without dear columns is refused")
    func nothingCheap() {
        let dear = Self.sound.replacingOccurrences(of: "cost: cheap", with: "cost: dear")

        let fault = #expect(throws: ProfileFault.self) { try ProfileReader(file: "t.yaml").read(dear) }

        #expect(fault?.message.contains("one cheap column") == true)
    }

    @Test("a profile with a listing too many is refused")
    func manyListings() throws {
        let start = try #require(Self.sound.range(of: "listings:\n")).upperBound
        let listing = "\n" + Self.sound[start...]
        let fault = #expect(throws: ProfileFault.self) {
            try ProfileReader(file: "t.yaml").read(Self.sound + String(repeating: listing, count: 32))
        }

        #expect(fault?.message == "a profile, listings: there are 33; at most 32 are read")
    }

    @Test("a marked profile marks its columns, and a column may differ")
    func unverified() throws {
        let marked = Self.sound.replacingOccurrences(of: "models: [T1]", with: "models: [T1]\nunverified: true")
            .replacingOccurrences(of: "serial, cost: cheap", with: "serial, cost: cheap, unverified: false")

        let columns = try ProfileReader(file: "t.yaml").read(marked).listings.first?.columns

        #expect(columns?[.serial]?.isUnverified == false && columns?[.rxOnu]?.isUnverified == true)
    }

    @Test("text that is no YAML is refused with its line")
    func notYAML() {
        let fault = #expect(throws: ProfileFault.self) { try ProfileReader(file: "t.yaml").read("name: [\n  - : :\n") }

        #expect((fault?.line ?? 0) > 0)
    }

    @Test("a folder without profiles is refused")
    func emptyFolder() {
        #expect(throws: ProfileFault.self) { try ProfileShelf(folder: "/nowhere/at/all") }
    }
}
