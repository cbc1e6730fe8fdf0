import Foundation
import PrivateServers
import TestSupport

/// `oltsim` as a process of its own, with its account.
final class OLTSim: Sendable {
    /// What the simulated OLTs saw.
    struct Account: Decodable {
        let devices: [Device]
    }

    struct Device: Decodable {
        let address: String
        let requests: Int
        let overlaps: Int
        let strays: Int
        let holders: [Holder]
    }

    /// The requests of one number at one OLT; times are text that sorts.
    struct Holder: Decodable {
        let number: Int64?
        let first: String
        let last: String
        let pdus: Int
    }

    private struct Ready: Decodable {
        let port: Int
        let account: String
    }

    let port: Int
    private let account: HTTPAPI
    private let process: ChildProcess
    private let scratch: ScratchFolder

    private init(_ ready: Ready, _ process: ChildProcess, _ scratch: ScratchFolder) {
        port = ready.port
        account = HTTPAPI("http://\(ready.account)")
        self.process = process
        self.scratch = scratch
    }

    /// Generated Huawei OLTs with one board of two ports.
    static func huawei(_ addresses: String, onusPerPort: Int = 16, faults: [String] = []) async throws -> OLTSim {
        let shape = ["--vendor", "huawei", "--boards", "1", "--ports", "2", "--onus", "\(onusPerPort)"]
        return try await start(["--addresses", addresses] + shape + faults.flatMap { ["--fault", $0] })
    }

    /// OLTs that answer as the recordings have it: address → file.
    static func recordings(_ files: [String: String]) async throws -> OLTSim {
        struct Group: Encodable {
            let addresses: String
            let recording: String
        }
        let scratch = try ScratchFolder("oltsim")
        let groups = files.map { Group(addresses: $0.key, recording: $0.value) }
        let config = try scratch.write(String(decoding: try JSONEncoder().encode(groups), as: UTF8.self), to: "config.json")
        return try await start(["--config", config], in: scratch)
    }

    static func start(_ arguments: [String], in folder: ScratchFolder? = nil) async throws -> OLTSim {
        let scratch = try folder ?? ScratchFolder("oltsim")
        let process = ChildProcess(
            ChildProcess.Command(
                try Programs.path("oltsim"),
                arguments + ["--port", "0", "--account", "127.0.0.1:0"],
                environment: Programs.environment,
                log: scratch.file("log")
            )
        )
        try process.start()
        let ready = try await process.ready("oltsim is ready", within: .seconds(15)) {
            try scratch.text("log").split(separator: "\n").first { $0.hasPrefix("{") }.map {
                try JSONDecoder().decode(Ready.self, from: Data($0.utf8))
            }
        }
        return OLTSim(ready, process, scratch)
    }

    func device(_ address: String) async throws -> Device {
        let account: Account = try await account.get("/account?address=\(address)")
        guard let device = account.devices.first else { throw NotAsExpected("no device \(address)") }
        return device
    }

    /// Changes a generated device; 409 would say why it cannot be done.
    func order(_ path: String) async throws {
        let reply = try await account.post(path, "")
        guard reply.status == 200 else { throw NotAsExpected("\(path): \(reply)") }
    }

    /// Replaces the faults of a device; none heals it.
    func setFaults(_ faults: [String], at address: String) async throws {
        let list = faults.map { "\"\($0)\"" }.joined(separator: ",")
        let reply = try await account.post("/faults", #"{"addresses":"\#(address)","faults":[\#(list)]}"#)
        guard reply.status == 200 else { throw NotAsExpected("\(reply)") }
    }
}

extension OLTSim.Device {
    /// The spans in order of their begin.
    var spans: [OLTSim.Holder] { holders.sorted { $0.first < $1.first } }

    /// Whether each holder ended before the next began.
    var takesTurns: Bool {
        zip(spans, spans.dropFirst()).allSatisfy { $0.last < $1.first }
    }
}
