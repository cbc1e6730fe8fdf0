import Logging
import PrivateServers
import SNMPSupport

@testable import OLTSimulator
@testable import SNMP

/// A name and its value as a witness tells them.
struct WitnessRow: Hashable, CustomStringConvertible {
    var name: String
    var value: SimulatedValue

    var description: String { "\(name) = \(value)" }

    /// Without blanks at the end of a text.
    var trimmed: WitnessRow {
        guard case .octets(var octets) = value else { return self }
        while let last = octets.last, [0x09, 0x0A, 0x0D, 0x20].contains(last) { octets.removeLast() }
        return WitnessRow(name: name, value: .octets(octets))
    }
}

extension WitnessRow {
    /// A row that the engine read, in the words of the simulator.
    init(_ row: VarBind) {
        name = row.name.arcs.map(String.init).joined(separator: ".")
        value =
            switch row.value {
            case .integer(let number): .integer(number)
            case .gauge(let number): .gauge32(number)
            case .counter32(let number): .counter32(number)
            case .counter64(let number): .counter64(number)
            case .ticks(let number): .timeTicks(number)
            case .octets(let octets): .octets(octets)
            case .oid(let name): .name(ObjectName(name.arcs))
            case .ipAddress(let a, let b, let c, let d): .address([a, b, c, d].reduce(0) { $0 << 8 | UInt32($1) })
            // No recording holds floats; one that does will differ here.
            case .opaqueFloat, .opaqueDouble: .opaque([])
            case .opaque(let octets): .opaque(octets)
            case .null: .null
            case .noSuchObject: .noSuchObject
            case .noSuchInstance: .noSuchInstance
            case .endOfMibView: .endOfMIBView
            }
    }

    /// The rows of a file, or of what a tool printed.
    static func of(_ recording: Recording) -> [WitnessRow] {
        (0..<recording.rows.count).compactMap { row in
            recording.rows.value(ofRow: row).map { WitnessRow(name: recording.rows.name(ofRow: row).description, value: $0) }
        }
    }
}

/// Those who walk a device.
struct Witness {
    let address: String
    let port: UInt16
    let community: String

    /// All that devices have: 1.0 of ISO's standards, 1.3 of everybody else.
    private static let roots: [OID] = [[1, 0], [1, 3]]

    /// Everything, by the engine; the end is the last root's, or that of one that is not complete.
    func engine() async throws -> (rows: [WitnessRow], end: WalkEnd) {
        let engine = SNMPEngine(reactor: SNMPThread.shared, logger: Logger(label: "witness"))
        var limits = DeviceLimits()
        limits.requestsPerSecond = 0
        limits.timeoutMin = .seconds(2)
        let device = try await engine.open(
            SNMPTarget(address: address, port: port, community: Array(community.utf8)),
            limits: limits
        )
        var rows: [WitnessRow] = []
        var end = WalkEnd.complete
        for root in Self.roots where end.isComplete {
            let result = await engine.walk(device, from: root)
            rows += result.rows.map { WitnessRow($0) }
            end = result.end
        }
        await engine.closeAll()
        return (rows, end)
    }

    /// The same by `snmpbulkwalk`, with texts in hexadecimal so that nothing is lost in print.
    func tool(in folder: ScratchFolder) async throws -> [WitnessRow] {
        var rows: [WitnessRow] = []
        for root in Self.roots {
            let name = root.arcs.map { ".\($0)" }.joined()
            let options = ["-v2c", "-c", community, "-m", "", "-ObentUx", "-Cr20", "-t", "5", "-r", "3"]
            let output = try await Run.output(
                of: ChildProcess.Command("snmpbulkwalk", options + ["\(address):\(port)", name]),
                in: folder
            )
            let printed = WitnessRow.of(try Recording(walk: Array(output.utf8), file: "snmpbulkwalk.snmpwalk", isStrict: true))
            // Where nothing is, the tool asks for the root itself and prints that it is not there.
            rows += printed.filter { ![.noSuchObject, .noSuchInstance].contains($0.value) }
        }
        return rows
    }
}

/// Where two lists part, in words; `nil` when they are the same.
func difference(_ first: [WitnessRow], _ second: [WitnessRow]) -> String? {
    if first == second { return nil }
    for (row, (one, other)) in zip(first, second).enumerated() where one != other { return "row \(row): \(one) and \(other)" }
    return "\(first.count) and \(second.count) rows"
}
