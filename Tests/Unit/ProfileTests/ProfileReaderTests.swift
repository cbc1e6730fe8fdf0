import DeviceAdapter
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
        sysObjectID: 1.3.6.1.4.1.99
        index:
          arcs:
            - number: onu
          onu: onu
        discovery: [serial]
        columns:
          serial: { oid: 1.3.6.1.4.1.99.1, type: serial, cost: cheap }
          rxOnu: { oid: 1.3.6.1.4.1.99.2, type: number, scale: 0.01, none: [65535], window: [-45, 10], cost: dear }
        """

    @Test("every profile that is shipped can be read, and its file bears its name")
    func shipped() throws {
        let shelf = try ProfileShelf(folder: Self.folder)
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter { $0.hasSuffix(".yaml") }

        #expect(shelf.names == files.map { String($0.dropLast(5)) }.sorted())
        #expect(shelf.names.contains("huawei") && shelf.names.contains("ufiber") && shelf.names.contains("cdata"))
    }

    @Test("a sound profile is read")
    func readsSound() throws {
        let profile = try ProfileReader(file: "t.yaml").read(Self.sound)

        #expect(profile.name == "test")
        #expect(profile.columns[.rxOnu]?.cost == .dear)
    }

    @Test(
        "a fault names file, line and what is allowed",
        arguments: [
            ("cost: cheap }", "cost: free }", 11, "cheap, medium, dear"),
            ("discovery: [serial]", "discovery: [rxOnu]", 9, "cheap"),
            ("discovery: [serial]", "discovery: [colour]", 9, "serial"),
            ("type: serial", "type: serail", 11, "text, serial, mac, words, number"),
            ("oid: 1.3.6.1.4.1.99.1,", "oid: one.two,", 11, "OID"),
            ("onu: onu\n", "onu: nobody\n", 8, "nobody"),
            ("vendor: Test", "vender: Test", 1, "vendor"),
            ("window: [-45, 10]", "window: [10, -45]", 12, "smaller one first"),
            ("models: [T1]", "models: [T1]\nextra: 1", 4, "extra"),
        ]
    )
    func faults(old: String, new: String, line: Int, says: String) throws {
        let broken = Self.sound.replacingOccurrences(of: old, with: new)
        try #require(broken != Self.sound)

        let fault = #expect(throws: ProfileFault.self) { try ProfileReader(file: "t.yaml").read(broken) }

        #expect(fault?.description.contains(says) == true, "\(fault.map(String.init(describing:)) ?? "")")
        #expect(fault?.file == "t.yaml")
        #expect(fault?.line == line)
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
