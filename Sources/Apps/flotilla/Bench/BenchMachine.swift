import Foundation
import PrivateServers

/// Where a figure was measured: it means nothing elsewhere.
struct BenchMachine: Codable {
    let cores: Int
    let memoryGiB: Int
    let processor: String
    let kernel: String
    /// Of the last 1, 5 and 15 minutes, before the bench began: what others did here.
    let loadBefore: [Double]

    /// Reads `/proc`.
    init() {
        cores = ProcessInfo.processInfo.activeProcessorCount
        memoryGiB = Int((Double(ProcessInfo.processInfo.physicalMemory) / Double(1 << 30)).rounded())
        let models = Self.text("/proc/cpuinfo").split(separator: "\n").filter { $0.hasPrefix("model name") }
        processor = models.first?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
        kernel = Self.text("/proc/sys/kernel/osrelease").trimmingCharacters(in: .whitespacesAndNewlines)
        loadBefore = Self.text("/proc/loadavg").split(separator: " ").prefix(3).compactMap { Double($0) }
    }

    private static func text(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}

/// What was measured: the versions of all that took part.
struct BenchVersions: Codable {
    var rabbitMQ = "not used"
    var postgreSQL = "not used"
    var redis = "not used"
    var netSNMP = "not used"
    let swift: String
    let commit: String
    /// `release` or `debug`; figures of a debug build are not judged.
    let build: String

    /// Asks the programs themselves; what does not answer is `unknown`.
    init(in folder: ScratchFolder) async {
        let here = FileManager.default.currentDirectoryPath
        commit = await Self.answer("git", ["-C", here, "describe", "--always", "--dirty", "--match="], in: folder) ?? "unknown"
        let swift = await Self.answer("swift", ["--version"], in: folder)
        self.swift = swift?.firstMatch(of: /Swift version ([0-9.]+)/).map { String($0.1) } ?? "unknown"
        #if DEBUG
            build = "debug"
        #else
            build = "release"
        #endif
    }

    /// The same, with the servers of this run.
    init(of servers: BenchServers) async throws {
        await self.init(in: servers.folder)
        rabbitMQ = try await servers.rabbitMQ.control(["version"]).trimmingCharacters(in: .whitespacesAndNewlines)
        postgreSQL = try await servers.postgres.statement("show server_version").split(separator: " ").first.map(String.init) ?? "unknown"
        let answer = await Self.answer("redis-server", ["--version"], in: servers.folder)
        redis = answer?.firstMatch(of: /v=([0-9.]+)/).map { String($0.1) } ?? "unknown"
    }

    /// The version of Debian's net-snmp, whose library every side but braa and the exporter speaks with.
    static func netSNMP(in folder: ScratchFolder) async -> String {
        let text = await answer("snmpget", ["-V"], in: folder)
        return text?.split(separator: " ").last.map(String.init) ?? "unknown"
    }

    private static func answer(_ program: String, _ arguments: [String], in folder: ScratchFolder) async -> String? {
        let output = try? await Run.output(of: ChildProcess.Command(program, arguments), in: folder)
        return output?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
