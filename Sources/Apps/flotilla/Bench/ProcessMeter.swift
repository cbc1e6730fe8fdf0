import Foundation
import Glibc
import PrivateServers

/// What processes use, from `/proc`.
enum ProcessMeter {
    /// User and system time of a process and of its children that have ended, in seconds; 0 when it is gone.
    static func cpu(of pid: Int32) -> Double {
        guard let text = read("/proc/\(pid)/stat"), let close = text.lastIndex(of: ")") else { return 0 }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 14 else { return 0 }
        // utime, stime, cutime, cstime are the fields 14 to 17 of the whole line, whose third stands first here.
        return fields[11...14].compactMap { Double($0) }.reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Resident memory in bytes; 0 when the process is gone.
    static func residentBytes(of pid: Int32) -> Int {
        guard let text = read("/proc/\(pid)/statm") else { return 0 }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    /// The most that was ever resident, in bytes; 0 when the process is gone.
    static func residentBytesMax(of pid: Int32) -> Int {
        guard let line = read("/proc/\(pid)/status")?.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }) else { return 0 }
        return line.split(separator: " ").compactMap { Int($0) }.first.map { $0 * 1024 } ?? 0
    }

    private static func read(_ path: String) -> String? {
        try? String(contentsOfFile: path, encoding: .utf8)
    }
}

/// Processor seconds by role, of this process and all it started.
struct CPUAccount: Codable, Sendable {
    private(set) var seconds: [String: Double] = [:]

    /// Names as the kernel knows them, at most 15 characters.
    private static let roles = [
        "flotilla-orches": "orchestrator", "flotilla-worker": "workers", "beam.smp": "RabbitMQ", "postgres": "PostgreSQL",
        "redis-server": "Redis",
    ]
    static let order = ["RabbitMQ", "PostgreSQL", "Redis", "orchestrator", "workers", "submitter"]

    /// Reads the clocks now.
    static func now() -> CPUAccount {
        var account = CPUAccount()
        for pid in ProcessTree.descendants(of: getpid()) {
            guard let role = ProcessTree.name(of: pid).flatMap({ roles[$0] }) else { continue }
            account.seconds[role, default: 0] += ProcessMeter.cpu(of: pid)
        }
        var use = rusage()
        getrusage(RUSAGE_SELF.rawValue, &use)
        let micros = (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1_000_000 + use.ru_utime.tv_usec + use.ru_stime.tv_usec
        account.seconds["submitter"] = Double(micros) / 1e6
        return account
    }

    static func - (later: CPUAccount, earlier: CPUAccount) -> CPUAccount {
        var account = CPUAccount()
        for (role, seconds) in later.seconds { account.seconds[role] = seconds - (earlier.seconds[role] ?? 0) }
        return account
    }

    var total: Double { seconds.values.reduce(0, +) }
}

extension CPUAccount {
    /// The process of a role among those this process started.
    static func pid(of role: String) -> Int32? {
        ProcessTree.descendants(of: getpid()).first { ProcessTree.name(of: $0).flatMap { roles[$0] } == role }
    }
}
