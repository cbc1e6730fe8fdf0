import Foundation
import PrivateServers

/// Samples what processes and servers hold during a soak.
actor SoakMeter {
    /// What is measured of a process, with the growth that is still called none.
    enum Figure: String, CaseIterable, Codable, Sendable {
        case memory = "RSS, MiB"
        case descriptors
        case threads

        /// In all, over the second half: a broker connection alone holds and gives back up to 14 MiB.
        var tolerance: Double {
            switch self {
            case .memory: 24
            case .descriptors, .threads: 3
            }
        }
    }

    private let stage: FaultStage
    private let began = ContinuousClock.now
    /// By the name of the process or server, then of the figure; a process that was started again begins anew.
    private(set) var series: [String: [String: SoakSeries]] = [:]
    private var pids: [String: Int32] = [:]

    init(_ stage: FaultStage) { self.stage = stage }

    var minutes: Double { (ContinuousClock.now - began) / .seconds(60) }

    /// Every orchestrator, and the worker that is never killed.
    func sampleProcesses() async {
        let members = await stage.fleet.orchestrators + stage.fleet.workers.prefix(1)
        for member in members where member.process.isRunning {
            let sample = ProcessSample.now(of: member.pid)
            guard sample.threads > 0 else { continue }
            if pids.updateValue(member.pid, forKey: member.name) != member.pid { series[member.name] = [:] }
            add(Double(sample.bytes) / 1_048_576, .memory, of: member.name)
            add(Double(sample.descriptors), .descriptors, of: member.name)
            add(Double(sample.threads), .threads, of: member.name)
        }
    }

    /// Messages in all queues, and Redis' keys; left out while a server does not answer.
    func sampleServers() async {
        if let text = try? await stage.servers.rabbitMQ.control(["list_queues", "--no-table-headers", "messages"]) {
            let counts = text.split(separator: "\n").compactMap { Double($0) }
            if !counts.isEmpty { series["RabbitMQ", default: [:]]["messages", default: SoakSeries()].add(counts.reduce(0, +), at: minutes) }
        }
        if let text = try? await stage.servers.redisCommand("DBSIZE"),
            let count = Double(text.trimmingCharacters(in: .whitespacesAndNewlines))
        {
            series["Redis", default: [:]]["keys", default: SoakSeries()].add(count, at: minutes)
        }
    }

    /// What processes hold now, in a line.
    var line: String {
        series.sorted { $0.key < $1.key }.compactMap { name, figures in
            let now = Figure.allCases.compactMap { figures[$0.rawValue]?.last }.map { "\(Int($0))" }
            return now.isEmpty ? nil : "\(name) \(now.joined(separator: "/"))"
        }.joined(separator: ", ") + " (MiB/descriptors/threads)"
    }

    private func add(_ value: Double, _ figure: Figure, of name: String) {
        series[name, default: [:]][figure.rawValue, default: SoakSeries()].add(value, at: minutes)
    }
}
