import Foundation

/// The process that listens on a port, as far as it can be found.
package struct PortOwner: Hashable, Sendable, CustomStringConvertible {
    package let pid: Int32
    /// The program's name as the kernel knows it, at most 15 characters.
    package let name: String

    package var description: String { "process \(pid) (\(name))" }

    /// Looks the listener of a TCP port up; `nil` when there is none or it belongs to another user.
    package static func ofTCP(port: Int) -> Self? { of(port: port, .tcp) }

    /// The same for a UDP port.
    package static func ofUDP(port: Int) -> Self? { of(port: port, .udp) }

    static func of(port: Int, _ transport: FreePort.Transport) -> Self? {
        let table = transport == .tcp ? "/proc/net/tcp" : "/proc/net/udp"
        let inodes = [table, "\(table)6"].flatMap { listeners(in: $0, port: port) }
        guard !inodes.isEmpty else { return nil }
        let wanted = Set(inodes.map { "socket:[\($0)]" })
        for pid in ProcessTree.allProcesses() where holds(pid, anyOf: wanted) {
            return Self(pid: pid, name: ProcessTree.name(of: pid) ?? "?")
        }
        return nil
    }

    /// Inodes of the sockets that listen on `port` in one of the kernel's tables: state 0A for TCP, 07 (unconnected) for UDP.
    private static func listeners(in table: String, port: Int) -> [Substring] {
        guard let text = try? String(contentsOfFile: table, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count > 9, ["0A", "07"].contains(fields[3]),
                let hex = fields[1].split(separator: ":").last, Int(hex, radix: 16) == port
            else { return nil }
            return fields[9]
        }
    }

    private static func holds(_ pid: Int32, anyOf links: Set<String>) -> Bool {
        let folder = "/proc/\(pid)/fd"
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return entries.contains { entry in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(entry)")).map(links.contains) ?? false
        }
    }
}
