import Foundation
import FoundationNetworking
import PrivateServers

/// `oltsim` for a bench: on a core of its own where there are two.
final class BenchOLTs: Sendable {
    /// Devices at consecutive addresses that share their rows.
    struct Group: Sendable {
        var first: String
        var count: Int
        /// Path of a recording; otherwise a generated OLT.
        var recording: String?
        var vendor = "huawei"
        var ports = 1
        var onus = 128
        var faults: [String] = []

        fileprivate var document: [String: Any] {
            var document: [String: Any] = ["addresses": "\(first)-\(BenchOLTs.address(first, count - 1))", "faults": faults]
            if let recording {
                document["recording"] = recording
            } else {
                document.merge(["vendor": vendor, "boards": 1, "ports": ports, "onus": onus, "seed": 1]) { _, new in new }
            }
            return document
        }
    }

    /// What the devices saw, by their own account.
    struct Account: Decodable {
        struct Device: Decodable {
            let address: String
            let requests: Int
            let answers: Int
            let dropped: Int
            let overloaded: Int
            let inFlightMax: Int
            let overlaps: Int
        }

        let devices: [Device]
    }

    let port: Int
    private let accountPort: Int
    private let process: ChildProcess
    private let folder: ScratchFolder

    init(_ groups: [Group], arguments: [String] = []) throws {
        port = try FreePort.udp()
        accountPort = try FreePort.tcp()
        folder = try ScratchFolder("bench-oltsim")
        let config = try JSONSerialization.data(withJSONObject: groups.map(\.document))
        try config.write(to: URL(fileURLWithPath: folder.file("fleet.json")))
        let pinned = Cores.command(
            try LocalFleet.program("oltsim"),
            ["--config", folder.file("fleet.json"), "--port", "\(port)", "--account", "127.0.0.1:\(accountPort)"] + arguments,
            core: .simulator
        )
        process = ChildProcess(ChildProcess.Command(pinned.program, pinned.arguments, log: folder.file("oltsim.log")))
    }

    func start() async throws {
        try process.start()
        let deadline = ContinuousClock.now + .seconds(60)
        while (try? await account()) == nil {
            guard process.isRunning, ContinuousClock.now < deadline else {
                let log = (try? String(contentsOfFile: folder.file("oltsim.log"), encoding: .utf8)) ?? ""
                throw CommandError(.failed, "oltsim did not start: \(log.suffix(500))")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    func stop() async {
        _ = await process.stop(grace: .seconds(5))
        folder.remove()
    }

    func account() async throws -> Account {
        guard let url = URL(string: "http://127.0.0.1:\(accountPort)/account?holders=0") else { throw CommandError(.failed, "no port") }
        let (data, _) = try await URLSession.shared.answer(to: URLRequest(url: url))
        return try JSONDecoder().decode(Account.self, from: data)
    }

    /// The address so many behind another.
    static func address(_ first: String, _ offset: Int) -> String {
        let number = first.split(separator: ".").reduce(0) { $0 << 8 | (Int($1) ?? 0) } + offset
        return [24, 16, 8, 0].map { String(number >> $0 & 0xFF) }.joined(separator: ".")
    }
}

/// Who runs where: pollers on the first core, the simulator on the second.
enum Cores {
    enum Role: Int {
        case poller = 0
        case simulator = 1
    }

    static var arePinned: Bool { ProcessInfo.processInfo.activeProcessorCount > 1 }

    static func command(_ program: String, _ arguments: [String], core: Role) -> (program: String, arguments: [String]) {
        guard arePinned else { return (program, arguments) }
        return ("taskset", ["-c", "\(core.rawValue)", program] + arguments)
    }
}
