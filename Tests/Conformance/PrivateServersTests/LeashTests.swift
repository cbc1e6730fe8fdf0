import Foundation
import PrivateServers
import TestSupport
import Testing

/// Nothing that was started outlives the process that started it.
@Suite("the leash", .timeLimit(.minutes(2)))
struct LeashTests {
    @Test("a parent that dies by SIGKILL leaves no process and no folder")
    func parentKilled() async throws {
        let notes = try ScratchFolder("notes")
        let file = notes.file("left")

        await #expect(processExitsWith: .signal(SIGKILL)) { [file = file as String] in
            try await leaveBehind(notesIn: file)
            kill(getpid(), SIGKILL)
        }

        try await nothingIsLeft(notedIn: file)
    }

    @Test("a parent that exits leaves no process and no folder, even while it waits for nothing")
    func parentExits() async throws {
        let notes = try ScratchFolder("notes")
        let file = notes.file("left")

        await #expect(processExitsWith: .success) { [file = file as String] in
            try await leaveBehind(notesIn: file)
            exit(0)
        }

        let (pids, folders) = try read(file)
        #expect(pids.filter(ProcessTree.isAlive).isEmpty)
        #expect(folders.filter(FileManager.default.fileExists).isEmpty)
    }

    private func nothingIsLeft(notedIn file: String) async throws {
        let (pids, folders) = try read(file)
        #expect(pids.count >= 8)
        try await eventually("every process is gone") { pids.filter(ProcessTree.isAlive).isEmpty }
        try await eventually("every segment of shared memory is gone") { try creators().isDisjoint(with: pids) }
        try await eventually("every folder is gone") { folders.filter(FileManager.default.fileExists).isEmpty }
    }

    /// Processes that made the System V segments there are now.
    private func creators() throws -> Set<Int32> {
        let table = try String(contentsOfFile: "/proc/sysvipc/shm", encoding: .utf8)
        return Set(table.split(separator: "\n").dropFirst().compactMap { Int32($0.split(separator: " ")[4]) })
    }

    private func read(_ file: String) throws -> (pids: [Int32], folders: [String]) {
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
        return (lines.compactMap { Int32($0) }, lines.filter { $0.hasPrefix("/") })
    }
}

/// Starts servers and a shell with a descendant that left its group, and notes every process and folder in a file.
private func leaveBehind(notesIn file: String) async throws {
    let redis = try await TestServers.freshRedis()
    let postgres = try await TestServers.freshPostgres()
    let scratch = try ScratchFolder("left")
    let shell = ChildProcess(
        .init("sh", ["-c", "setsid sleep 300 & setsid sh -c 'trap \"\" TERM; sleep 300' & wait"], folder: scratch.path)
    )
    try shell.start()
    try await eventually("the shell has its descendants") { shell.pid.map { ProcessTree.descendants(of: $0).count >= 3 } ?? false }
    let pids = ProcessTree.descendants(of: getpid())
    let folders = [redis.log, postgres.log].map { URL(fileURLWithPath: $0).deletingLastPathComponent().path } + [scratch.path]
    let lines = pids.map(String.init) + folders
    try lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
    withExtendedLifetime((redis, postgres, shell)) {}
}
