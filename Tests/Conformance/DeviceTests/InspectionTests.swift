import DeviceAdapter
import Domain
import Foundation
import Logging
import OLTSimulator
import SNMP
import SNMPSupport
import TestSupport
import Testing

/// Profiles that are written in the test, on recordings that are written in the test.
@Suite("Inspections", .serialized, .timeLimit(.minutes(1)))
struct InspectionTests {
    private static let profile = """
        name: test
        vendor: Test
        models: [T1]
        match: { sysObjectID: 1.3.6.1.4.1.99, probe: 1.3.6.1.4.1.99.1 }
        listings:
          - name: onus
            index: { arcs: [{ number: port }, { number: onu }], port: "0/{port}", onu: onu }
            ports: { count: { oid: 1.3.6.1.4.1.99.9 } }
            columns:
              serial: { oid: [1.3.6.1.4.1.99.1.7, 1.3.6.1.4.1.99.1.1], type: serial, cost: cheap }
              runStatus: { oid: 1.3.6.1.4.1.99.1.2, type: words, words: { 1: online, 2: offline }, cost: cheap }
              rxOnu: { oid: 1.3.6.1.4.1.99.1.3, type: number, scale: 0.1, none: [0], window: [-45, 10], cost: dear }
        """

    private static let rows = """
        1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99.5
        1.3.6.1.4.1.99.1.1.1.1|4|TEST00000001
        1.3.6.1.4.1.99.1.1.1.2|4|TEST00000002
        1.3.6.1.4.1.99.1.1.2.1|4|TEST00000003
        1.3.6.1.4.1.99.1.1.5.1|4|TEST00000004
        1.3.6.1.4.1.99.1.2.1.1|2|1
        1.3.6.1.4.1.99.1.2.1.2|2|7
        1.3.6.1.4.1.99.1.2.2.1|2|2
        1.3.6.1.4.1.99.1.3.1.1|2|-215
        1.3.6.1.4.1.99.1.3.2.1|2|0
        1.3.6.1.4.1.99.1.3.2.1.8|2|-200
        1.3.6.1.4.1.99.1.3.5.1|2|-187
        1.3.6.1.4.1.99.9.1|2|2
        1.3.6.1.4.1.99.9.2|2|1
        """

    private func inspect(_ yaml: String = profile, _ rows: String = rows) async throws -> Inspection {
        let path = NSTemporaryDirectory() + "rows-\(UUID().uuidString).snmprec"
        try rows.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        guard let address = OLTSimulator.DeviceAddress("127.33.0.2") else { throw Unfit("no address") }
        let simulator = try Simulator(SimulatorSettings(groups: [.init(addresses: [address], source: .recording(path))], port: 0))
        try simulator.start()
        defer { simulator.stop() }
        let profile = try ProfileReader(file: "test.yaml").read(yaml)
        let engine = SNMPEngine(reactor: SNMPThread.shared, logger: Logger(label: "inspection"))
        let inspector = DeviceInspector(
            engine: engine,
            target: SNMPTarget(address: "127.33.0.2", port: simulator.port, community: Array("public".utf8)),
            shelf: ProfileShelf([profile]),
            name: "test"
        )
        return try await inspector.inspect(profile)
    }

    @Test("where firmware differs the first column that the device has is read")
    func alternatives() async throws {
        let inspection = try await inspect()

        #expect(inspection.observations.compactMap(\.serial).sorted() == (1...4).map { "TEST0000000\($0)" })
        #expect(inspection.columns.first { $0.field == "serial" }?.rows == 4)
    }

    @Test("a port that the device does not list is found all the same, and read")
    func unlisted() async throws {
        let inspection = try await inspect()

        #expect(inspection.coverage == .complete)
        #expect(inspection.observations.contains { $0.port == "0/5" && $0.serial == "TEST00000004" && $0.rxOnuDbm == -18.7 })
        #expect(inspection.ports == [PortCount(port: "0/1", counted: 2, seen: 2), PortCount(port: "0/2", counted: 1, seen: 1)])
    }

    @Test("what a profile cannot read is shown with examples: unknown words, indexes that do not fit, columns without rows")
    func notes() async throws {
        let inspection = try await inspect()

        let status = try #require(inspection.columns.first { $0.field == "runStatus" })
        #expect(status.rows == 3 && status.unread == 1 && status.examples == ["Integer32 \"7\""])
        #expect(inspection.strangers == ["1.3.6.1.4.1.99.1.3.2.1.8"])
        #expect(inspection.warnings.contains { $0.contains("1.3.6.1.4.1.99.1.3.2.1.8 cannot be read") })
        #expect(inspection.observations.first { $0.index == "1.1" }?.rxOnuDbm == -21.5)

        let without = try await inspect(Self.profile.replacingOccurrences(of: "99.1.3,", with: "99.1.6,"))
        #expect(without.warnings.contains("onus.rxOnu: the device has no row in 1.3.6.1.4.1.99.1.6"))
    }

    @Test("a counter that nobody verified is shown and proves nothing; a verified one makes the discovery partial")
    func counters() async throws {
        let more = Self.rows.replacingOccurrences(of: "99.9.2|2|1", with: "99.9.2|2|4")
        let verified = try await inspect(Self.profile, more)
        let unverified = try await inspect(
            Self.profile.replacingOccurrences(
                of: "count: { oid: 1.3.6.1.4.1.99.9 }",
                with: "count: { oid: 1.3.6.1.4.1.99.9, unverified: true }"
            ),
            more
        )

        #expect(verified.coverage == .partial(reason: "port 0/2: 1 ONUs read, the device counts 4"))
        #expect(unverified.coverage == .complete)
        #expect(unverified.ports.last == PortCount(port: "0/2", counted: 4, seen: 1))
    }
}
