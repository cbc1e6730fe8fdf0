import Domain
import Foundation
import Glibc
import PrivateServers
import Reactor
import Synchronization

/// A program that is given a text, for a limited time, and of whose output only the beginning is kept.
struct CommandRun: Sendable {
    private static let outputMax = 2_048

    let program: String
    let arguments: [String]
    let limit: Duration
    let pool: BlockingPool

    /// Returns when it has ended with code 0.
    func run(input: [UInt8]) async throws(NotifyError) {
        let kept: (status: ProcessExit, isOverdue: Bool, output: String)
        do {
            kept = try await ended(input: input)
        } catch {
            throw NotifyError("\(program): \(error)")
        }
        if kept.isOverdue { throw NotifyError("\(program) did not end within \(limit) and was killed") }
        guard kept.status.isSuccess else {
            throw NotifyError("\(program) ended with \(kept.status)" + (kept.output.isEmpty ? "" : ": \(kept.output)"))
        }
    }

    private func ended(input: [UInt8]) async throws -> (status: ProcessExit, isOverdue: Bool, output: String) {
        let folder = try ScratchFolder("notify")
        let file = folder.file("input")
        guard FileManager.default.createFile(atPath: file, contents: Data(input), attributes: [.posixPermissions: 0o600]) else {
            throw NotifyError("its input cannot be written to \(file)")
        }
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw NotifyError("no pipe: \(unsafe String(cString: strerror(errno)))") }
        let (near, far) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let child = ChildProcess(
            ChildProcess.Command(
                program,
                arguments,
                // Settings hold secrets, and are nobody else's business.
                environment: ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("FLOTILLA_") },
                folder: folder.path,
                // Opened anew by the child's side; ours is closed below.
                log: "/proc/self/fd/\(far)",
                input: file
            )
        )
        do {
            try child.start()
        } catch {
            close(near)
            close(far)
            throw error
        }
        close(far)
        let reader = Reader(near: near)
        return try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask { try await pool.run { reader.beginning(of: Self.outputMax) } }
            group.addTask {
                // Ends early when the program does.
                try? await Task.sleep(for: limit)
                if child.isRunning { child.kill() }
                return nil
            }
            let began = ContinuousClock.now
            let status = await child.exited
            let isOverdue = ContinuousClock.now - began >= limit && status == .signal(SIGKILL)
            reader.programEnded()
            group.cancelAll()
            var output = ""
            for try await text in group { output = text ?? output }
            folder.remove()
            return (status, isOverdue, output)
        }
    }
}

/// Reads what a program writes; keeps the beginning, takes the rest, so that it never waits for us.
private final class Reader: Sendable {
    private let near: Int32
    private let isOver = Atomic(false)

    init(near: Int32) {
        self.near = near
    }

    /// What it left running may hold the pipe for ever: nobody waits for that.
    func programEnded() { isOver.store(true, ordering: .releasing) }

    func beginning(of max: Int) -> String {
        defer { close(near) }
        var kept: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            // Asked before the wait: what was written until the end is read.
            let wasOver = isOver.load(ordering: .acquiring)
            var waiting = pollfd(fd: near, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&waiting, 1, 50) > 0 else {
                if wasOver { break }
                continue
            }
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(near, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            kept += chunk[..<count].prefix(max - kept.count)
        }
        return String(decoding: kept, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
