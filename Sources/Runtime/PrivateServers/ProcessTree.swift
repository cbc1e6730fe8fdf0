import Foundation

/// Reads who descends from whom, from `/proc`.
///
/// Servers start helpers in sessions of their own (PostgreSQL's backends, Erlang's port programs): a signal to the process
/// group does not reach them, a walk over parents does.
package enum ProcessTree {
    /// Every process id there is now.
    package static func allProcesses() -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
    }

    /// Children, grandchildren and so on, parents before children; without `root` itself.
    package static func descendants(of root: Int32) -> [Int32] {
        var children: [Int32: [Int32]] = [:]
        for pid in allProcesses() {
            guard let stat = Stat(pid) else { continue }
            children[stat.parent, default: []].append(pid)
        }
        var found: [Int32] = []
        var pending = [root]
        while let parent = pending.popLast() {
            let next = children[parent] ?? []
            found += next
            pending += next
        }
        return found
    }

    /// True while the process exists and is not a zombie that waits to be collected.
    package static func isAlive(_ pid: Int32) -> Bool {
        Stat(pid).map { $0.state != "Z" && $0.state != "X" } ?? false
    }

    /// The program's name as the kernel knows it, at most 15 characters.
    package static func name(of pid: Int32) -> String? { Stat(pid)?.name }

    /// The fields of `/proc/PID/stat` that matter here; the name stands in parentheses and may hold anything.
    private struct Stat {
        let name: String
        let state: Substring
        let parent: Int32

        init?(_ pid: Int32) {
            guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")")
            else { return nil }
            let fields = text[text.index(after: close)...].split(separator: " ")
            guard fields.count > 2, let parent = Int32(fields[1]) else { return nil }
            name = String(text[text.index(after: open)..<close])
            state = fields[0]
            self.parent = parent
        }
    }
}
