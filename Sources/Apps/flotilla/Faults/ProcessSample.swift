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

    /// Sockets whose peer is gone and that the process has not closed.
    static func leftSockets(of pid: Int32) -> Int {
        let folder = "/proc/\(pid)/fd"
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let own = Set(entries.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)") })
        return ["/proc/net/tcp", "/proc/net/tcp6"].reduce(0) { count, table in
            let lines = ((try? String(contentsOfFile: table, encoding: .utf8)) ?? "").split(separator: "\n").dropFirst()
            return count
                + lines.count { line in
                    // The state stands fourth, 08 is CLOSE_WAIT; the inode tenth.
                    let fields = line.split(separator: " ", omittingEmptySubsequences: true)
                    return fields.count > 9 && fields[3] == "08" && own.contains("socket:[\(fields[9])]")
                }
        }
    }

    static func - (later: ProcessSample, earlier: ProcessSample) -> ProcessSample {
        ProcessSample(
            bytes: later.bytes - earlier.bytes,
            descriptors: later.descriptors - earlier.descriptors,
            threads: later.threads - earlier.threads
        )
    }
}
