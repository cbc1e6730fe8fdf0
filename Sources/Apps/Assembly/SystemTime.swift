package import Domain
import Glibc

extension TimeSource {
    /// The machine's own clocks.
    package static let system = TimeSource(wall: {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    })
}

/// What this machine and process are called.
enum Machine {
    static var hostname: String {
        var name = [UInt8](repeating: 0, count: 256)
        let failed = name.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in text.baseAddress.map { gethostname($0, text.count - 1) } }
        }
        return failed == 0 ? String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) : "unknown"
    }

    static var pid: Int32 { getpid() }
}
