import Foundation

/// What a process holds at a moment.
struct ProcessSample: Codable, Hashable, Sendable {
    /// Resident memory.
    var bytes: Int
    var descriptors: Int
    var threads: Int

    /// Zeros when the process is gone.
    static func now(of pid: Int32) -> ProcessSample {
        let entries = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")
        let threads = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
        return ProcessSample(
            bytes: ProcessMeter.residentBytes(of: pid),
            descriptors: entries?.count ?? 0,
            threads: threads?.count ?? 0
        )
    }

    static func - (later: ProcessSample, earlier: ProcessSample) -> ProcessSample {
        ProcessSample(
            bytes: later.bytes - earlier.bytes,
            descriptors: later.descriptors - earlier.descriptors,
            threads: later.threads - earlier.threads
        )
    }
}
