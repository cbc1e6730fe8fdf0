import Foundation
import PrivateServers
import SNMP
import TestSupport
import Testing

@testable import OLTSimulator

/// The engine reads what another implementation reads, from everything that real gear said.
@Suite("Witnesses", .serialized, .timeLimit(.minutes(5)))
struct WitnessTests {
    private static let files = [
        "bdcom_gp3600-16b.snmprec", "cdata_fd12xx_epon_reconstructed.snmprec", "huawei_gpon_ont_rows.snmprec",
        "huawei_gpon_ont_rows.snmpwalk", "huawei_ma5603t_smartax.snmprec", "large_flexbng_78k_rows.snmprec",
        "nokia_isam_7360_r6.5.snmprec", "ubiquiti_ufiber_olt.snmprec", "vsol_v1600d_epon.snmprec", "zte_c320_v2.1.snmprec",
    ]

    private func simulator(_ source: SimulatorSettings.Group.Source) throws -> Simulator {
        let group = SimulatorSettings.Group(addresses: try DeviceAddress.list("127.78.0.1"), source: source)
        let simulator = try Simulator(SimulatorSettings(groups: [group], port: 0))
        try simulator.start()
        return simulator
    }

    @Test("a recording served by the simulator: engine and snmpbulkwalk read the file, row for row", arguments: files)
    func recording(_ file: String) async throws {
        guard let folder = try recordings() else { return }
        let scratch = try ScratchFolder("witness")
        let path = "\(folder)/\(file)"
        let simulator = try simulator(.recording(path))
        defer { simulator.stop() }
        let witness = Witness(address: "127.78.0.1", port: simulator.port, community: "public")

        let (engine, end) = try await witness.engine()
        let tool = try await witness.tool(in: scratch)
        let recorded = WitnessRow.of(try Recording(file: path, isStrict: true))

        #expect(end == .complete)
        #expect(engine.count > 50)
        #expect(difference(engine, tool) == nil)
        #expect(difference(engine, recorded) == nil)
    }

    @Test("a generated OLT of each vendor: engine and snmpbulkwalk read the same rows of its tables", arguments: Vendor.allCases)
    func generated(_ vendor: Vendor) async throws {
        let scratch = try ScratchFolder("witness")
        let simulator = try simulator(.generated(try GeneratedShape(vendor, boards: 1, ports: 2, onus: 16)))
        defer { simulator.stop() }
        let witness = Witness(address: "127.78.0.1", port: simulator.port, community: "public")

        // Counters and up-times move between two walks.
        func still(_ rows: [WitnessRow]) -> [WitnessRow] {
            rows.filter { row in
                switch row.value {
                case .counter64, .timeTicks: false
                default: !row.name.hasPrefix("1.3.6.1.6.3.10.2.1.3") && !Self.spans.contains { row.name.hasPrefix($0) }
                }
            }
        }
        let (engine, end) = try await witness.engine()
        let tool = try await witness.tool(in: scratch)

        #expect(end == .complete)
        #expect(engine.count == tool.count)
        #expect(engine.count > 2 * 16 * 8)
        #expect(difference(still(engine), still(tool)) == nil)
    }

    /// Columns that tell seconds since something.
    private static let spans = ["1.3.6.1.4.1.3320.10.3.1.1.19.", "1.3.6.1.4.1.17409.2.8.4.1.1.12.", "1.3.6.1.4.1.17409.2.8.4.1.1.13."]

    // MARK: make witness

    private static let snmpsim = ProcessInfo.processInfo.environment["FLOTILLA_SNMPSIM"]

    @Test(
        "a recording served by snmpsim: engine and snmpbulkwalk read the same rows, and those that our simulator serves",
        .enabled(if: snmpsim != nil, "needs snmpsim: make witness"),
        arguments: files.filter { $0.hasSuffix(".snmprec") }
    )
    func foreignSimulator(_ file: String) async throws {
        let folder = try #require(try recordings())
        let scratch = try ScratchFolder("witness")
        let simulator = try simulator(.recording("\(folder)/\(file)"))
        defer { simulator.stop() }
        let foreign = try await ForeignSimulator(program: try #require(Self.snmpsim), recording: "\(folder)/\(file)", in: scratch)

        let (engine, end) = try await foreign.witness.engine()
        let tool = try await foreign.witness.tool(in: scratch)
        let own = try await Witness(address: "127.78.0.1", port: simulator.port, community: "public").engine().rows

        await foreign.stop()
        #expect(end == .complete)
        #expect(engine.count > 50)
        #expect(difference(engine, tool) == nil)
        // snmpsim drops blanks at the end of texts.
        #expect(difference(engine.map(\.trimmed), own.map(\.trimmed)) == nil)
    }
}
