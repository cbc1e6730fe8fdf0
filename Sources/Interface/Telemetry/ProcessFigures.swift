import Foundation
import Glibc

/// What this process takes of its machine, read from `/proc/self`.
package struct ProcessFigures: Hashable, Sendable {
    package let cpuSeconds: Double
    package let residentBytes: Int
    package let virtualBytes: Int
    package let threads: Int
    package let openFiles: Int
    package let openFilesMax: Int
    /// Seconds since 1970.
    package let startedAt: Double

    /// - Returns: `nil` where there is no `/proc`.
    package static func now() -> ProcessFigures? {
        guard let stat = text("/proc/self/stat"), let machine = text("/proc/stat"),
            let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        else { return nil }
        return ProcessFigures(stat: stat, machine: machine, openFiles: open.count)
    }

    /// Reads the lines of the kernel's own files; see proc(5).
    init?(stat: String, machine: String, openFiles: Int) {
        // The second field is a name in brackets that may hold anything.
        guard let bracket = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: bracket)...].split(separator: " ")
        let boot = machine.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
        guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]), let threads = Int(fields[17]),
            let start = Double(fields[19]), let virtual = Int(fields[20]), let pages = Int(fields[21]), let boot
        else { return nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        var limit = rlimit()
        let hasLimit = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        cpuSeconds = (user + system) / ticks
        residentBytes = pages * Int(sysconf(Int32(_SC_PAGESIZE)))
        virtualBytes = virtual
        self.threads = threads
        self.openFiles = openFiles
        openFilesMax = hasLimit ? Int(clamping: limit.rlim_cur) : 0
        startedAt = boot + start / ticks
    }

    private static func text(_ path: String) -> String? {
        // Files of the kernel tell no size: they are read to their end.
        guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.readToEnd() else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}

extension Metric {
    package static let build = Metric(
        "flotilla_build_info",
        .gauge,
        "Always 1; the version of the program as a label.",
        labels: ["program", "version"]
    )
    package static let cpuSeconds = Metric("process_cpu_seconds_total", .counter, "Processor time of this process, user and system.")
    package static let residentBytes = Metric("process_resident_memory_bytes", .gauge, "Memory of this process that is in RAM.")
    package static let virtualBytes = Metric("process_virtual_memory_bytes", .gauge, "Address space of this process.")
    package static let threads = Metric("process_threads", .gauge, "Threads of this process.")
    package static let openFiles = Metric("process_open_fds", .gauge, "File descriptors that this process has open.")
    package static let openFilesMax = Metric("process_max_fds", .gauge, "File descriptors that this process may have open.")
    package static let startTime = Metric("process_start_time_seconds", .gauge, "When this process began, in seconds since 1970.")

    package static let process = [build, cpuSeconds, residentBytes, virtualBytes, threads, openFiles, openFilesMax, startTime]
}

extension MetricsText {
    /// The families of `Metric.process`.
    package mutating func add(_ figures: ProcessFigures?, program: String, version: String) {
        add(.build, samples: [([program, version], 1)])
        add(.cpuSeconds, figures?.cpuSeconds)
        add(.residentBytes, figures.map { Double($0.residentBytes) })
        add(.virtualBytes, figures.map { Double($0.virtualBytes) })
        add(.threads, figures.map { Double($0.threads) })
        add(.openFiles, figures.map { Double($0.openFiles) })
        add(.openFilesMax, figures.map { Double($0.openFilesMax) })
        add(.startTime, figures?.startedAt)
    }
}
