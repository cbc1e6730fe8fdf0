import Foundation
import OLTSimulator
import PrivateServers
import TestSupport

/// snmpsim (PyPI) with one recording; its community is `recording`.
struct ForeignSimulator {
    let witness: Witness
    private let process: ChildProcess

    init(program: String, recording: String, in scratch: ScratchFolder) async throws {
        let (data, cache) = (try scratch.folder("data"), try scratch.folder("cache"))
        try Self.sorted(recording).write(to: URL(fileURLWithPath: "\(data)/recording.snmprec"))
        // It gives up root, and must still reach its folders.
        for path in [scratch.path, data, cache] { try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: path) }
        let port = try FreePort.udp()
        let user = geteuid() == 0 ? ["--process-user=nobody", "--process-group=nogroup"] : []
        process = ChildProcess(
            ChildProcess.Command(
                program,
                ["--data-dir=\(data)", "--cache-dir=\(cache)", "--agent-udpv4-endpoint=127.0.0.1:\(port)", "--log-level=error"] + user,
                log: scratch.file("snmpsim.log")
            )
        )
        witness = Witness(address: "127.0.0.1", port: UInt16(port), community: "recording")
        try process.start()
        let command = ChildProcess.Command(
            "snmpget",
            ["-v2c", "-c", "recording", "-m", "", "-t", "1", "-r", "0", "127.0.0.1:\(port)", ".1.3.6.1.2.1.1.1.0"]
        )
        // It indexes the file first.
        try await eventually("snmpsim answers", within: .seconds(120)) {
            (try? await Run.output(of: command, in: scratch)) != nil
        }
    }

    /// snmpsim looks for names by halves, so rows must rise, each once.
    private static func sorted(_ recording: String) throws -> Data {
        let lines = try Data(contentsOf: URL(fileURLWithPath: recording)).split(separator: UInt8(ascii: "\n"))
        var rows: [(name: ObjectName, line: Data)] = []
        var seen: Set<ObjectName> = []
        for line in lines {
            guard let name = ObjectName(digits: Array(line.prefix { $0 != UInt8(ascii: "|") })[...]), seen.insert(name).inserted else {
                continue
            }
            rows.append((name, line))
        }
        rows.sort { $0.name < $1.name }
        return Data(rows.map { $0.line + [UInt8(ascii: "\n")] }.joined())
    }

    func stop() async {
        _ = await process.stop(grace: .seconds(5))
    }
}
