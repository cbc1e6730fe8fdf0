import Domain
import Foundation
import Glibc
import Synchronization

/// How busy this machine is, in percent.
package struct MachineFigures: Hashable, Sendable {
    /// Of all processors, since the look before.
    package let cpuPercent: Double?
    /// Memory that is not available to programs.
    package let memoryPercent: Double?
    /// Of the file system that `/` is on.
    package let diskPercent: Double?
}

/// Looks at the machine; the load of the processors is what was between two looks.
package final class MachineGauge: Sendable {
    /// Processor time since boot, in ticks.
    struct Ticks: Hashable, Sendable {
        let busy: Double
        let all: Double

        /// Reads the first line of `/proc/stat`; see proc(5).
        init?(_ text: String) {
            guard let line = text.split(separator: "\n").first, line.hasPrefix("cpu ") else { return nil }
            // user, nice, system, idle, iowait, irq, softirq, steal; guests are counted with users.
            let fields = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
            guard fields.count >= 5 else { return nil }
            all = fields.reduce(0, +)
            busy = all - fields[3] - fields[4]
        }

        func percent(since earlier: Ticks) -> Double? {
            guard all > earlier.all else { return nil }
            return min(100, max(0, (busy - earlier.busy) / (all - earlier.all) * 100))
        }
    }

    /// A look that is repeated sooner gets the same answer.
    private static let pause = Duration.seconds(1)

    private struct State {
        var ticks: Ticks?
        var lookedAt: Instant
        var percent: Double?
    }

    private let state: Mutex<State>

    package init() {
        state = Mutex(State(ticks: Self.text("/proc/stat").flatMap { Ticks($0) }, lookedAt: .now))
    }

    package func look() -> MachineFigures {
        let ticks = Self.text("/proc/stat").flatMap { Ticks($0) }
        let cpu = state.withLock { state -> Double? in
            guard let ticks else { return nil }
            guard state.percent == nil || .now - state.lookedAt >= Self.pause else { return state.percent }
            state.percent = state.ticks.flatMap { ticks.percent(since: $0) } ?? state.percent
            state.ticks = ticks
            state.lookedAt = .now
            return state.percent
        }
        return MachineFigures(
            cpuPercent: cpu,
            memoryPercent: Self.text("/proc/meminfo").flatMap { Self.memory($0) },
            diskPercent: Self.disk("/")
        )
    }

    static func memory(_ text: String) -> Double? {
        let rows = text.split(separator: "\n").map { $0.split(separator: " ") }
        func row(_ name: String) -> Double? {
            rows.first { $0.first.map(String.init) == name }.flatMap { $0.count > 1 ? Double($0[1]) : nil }
        }
        guard let total = row("MemTotal:"), let available = row("MemAvailable:"), total > 0 else { return nil }
        return (1 - available / total) * 100
    }

    private static func disk(_ path: String) -> Double? {
        var state = statvfs()
        guard statvfs(path, &state) == 0, state.f_blocks > 0 else { return nil }
        // As df tells it: what is kept for root counts neither as used nor as free.
        let used = Double(state.f_blocks - state.f_bfree)
        return used / (used + Double(state.f_bavail)) * 100
    }

    private static func text(_ path: String) -> String? {
        guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.readToEnd() else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
