import Domain
import Foundation
import Glibc
import JournalAdapter
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@Suite("The coordinator's journal", .serialized, .timeLimit(.minutes(1)))
struct JournalTests {
    /// A folder that goes with the test.
    private final class Folder {
        let path: String

        init() throws {
            path = NSTemporaryDirectory() + "journal-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit {
            chmod(path, 0o700)
            try? FileManager.default.removeItem(atPath: path)
        }

        func text(_ name: String = "main.log") -> String { (try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)) ?? "" }

        var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
    }

    private static let time = TimeSource(wall: { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) })
    private let at = Timestamp("2026-10-21T08:30:15.123456Z") ?? Timestamp(microseconds: 0)

    private func running(_ settings: FileJournal.Settings, _ body: (FileJournal) async throws -> Void) async throws {
        var log = Logger(label: "journal-tests")
        log.logLevel = .critical
        let journal = FileJournal(settings, time: Self.time, log: log)
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [journal], logger: log))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await body(journal)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test("a line has time, level, source and message; what would break it, or hide in it, is made visible")
    func form() async throws {
        let folder = try Folder()
        try await running(FileJournal.Settings(folder: "\(folder.path)/logs/coordinator")) { journal in
            journal.write(.info, "coordinator.loop", "changes detected on OLT-CENTRAL-01", at: at)
            journal.write(.critical, "coordinator.quota", "OLT \"a\nb\u{1B}[31m\u{202E}\" Köln", at: at)
        }
        #expect(
            folder.text("logs/coordinator/main.log") == """
                2026-10-21 08:30:15 [INFO] coordinator.loop: changes detected on OLT-CENTRAL-01
                2026-10-21 08:30:15 [CRITICAL] coordinator.quota: OLT "a\\nb\\u{1b}[31m\\u{202e}" Köln

                """
        )
    }

    @Test("a full file is renamed, so many are kept, and no line is torn or lost between them")
    func rotation() async throws {
        let folder = try Folder()
        var settings = FileJournal.Settings(folder: folder.path)
        settings.bytesMax = 1_000
        settings.files = 3
        try await running(settings) { journal in
            for number in 0..<100 { journal.write(.info, "test", "line \(number) of many", at: at) }
        }
        #expect(folder.names == ["main.log", "main.log.1", "main.log.2"])
        let kept = ["main.log.2", "main.log.1", "main.log"].flatMap { folder.text($0).split(separator: "\n") }
        let numbers = kept.compactMap { $0.split(separator: " ").dropLast(2).last.flatMap { Int($0) } }
        #expect(numbers == Array((100 - kept.count)..<100))
        #expect(kept.count > 40)
        for name in folder.names { #expect(folder.text(name).utf8.count <= 1_000) }
    }

    @Test("a file that was moved away or removed is made anew, and an old one is continued")
    func reopening() async throws {
        let folder = try Folder()
        try await running(FileJournal.Settings(folder: folder.path)) { journal in
            journal.write(.info, "test", "one", at: at)
            try await eventually("the first line") { folder.text().contains("one") }
            try FileManager.default.moveItem(atPath: "\(folder.path)/main.log", toPath: "\(folder.path)/moved")
            journal.write(.info, "test", "two", at: at)
            try await eventually("the second line") { folder.text().contains("two") }
        }
        try await running(FileJournal.Settings(folder: folder.path)) { $0.write(.info, "test", "three", at: at) }
        #expect(folder.text("moved").contains("one"))
        #expect(folder.text().split(separator: "\n").count == 2)
    }

    @Test("a folder that cannot be written is tried again, and what was lost meanwhile is told")
    func refused() async throws {
        let folder = try Folder()
        let inside = "\(folder.path)/in"
        // Not even root makes a folder where a file is.
        #expect(FileManager.default.createFile(atPath: inside, contents: nil))
        var settings = FileJournal.Settings(folder: inside)
        settings.againAfter = .milliseconds(50)
        settings.linesMax = 3
        try await running(settings) { journal in
            for number in 0..<5 { journal.write(.info, "test", "lost \(number)", at: at) }
            try FileManager.default.removeItem(atPath: inside)
            try await eventually("it is written again") {
                journal.write(.info, "test", "kept", at: at)
                return folder.text("in/main.log").contains("kept")
            }
        }
        let lines = folder.text("in/main.log").split(separator: "\n")
        #expect(lines.count(where: { $0.contains("lost ") && !$0.contains("could not") }) == 3)
        let told = lines.filter { $0.contains("could not be written") }.compactMap { line in
            line.split(separator: ": ").last?.split(separator: " ").first.flatMap { Int($0) }
        }
        #expect(told.reduce(0, +) >= 2)
    }

    @Test("a full disk tears no line, and the lines go on once there is room", .enabled(if: SmallDisk.canBeMade, "mounting needs root"))
    func fullDisk() async throws {
        let folder = try Folder()
        let disk = try SmallDisk(at: folder.path)
        defer { disk.remove() }
        var settings = FileJournal.Settings(folder: folder.path)
        settings.againAfter = .milliseconds(50)
        let filler = "\(folder.path)/filler"
        #expect(FileManager.default.createFile(atPath: filler, contents: Data(count: 40_000)))
        try await running(settings) { journal in
            for number in 0..<1_000 { journal.write(.info, "test", "line \(number)", at: at) }
            try await eventually("some are written") { folder.text().contains("line 1") }
            #expect(!folder.text().contains("line 999"))
            try FileManager.default.removeItem(atPath: filler)
            try await eventually("all are written") { folder.text().contains("line 999") }
        }
        let lines = folder.text().split(separator: "\n")
        #expect(lines.count == 1_000)
        for (number, line) in lines.enumerated() { #expect(line.hasSuffix(" line \(number)")) }
    }
}

/// A disk of 64 KiB in memory.
private struct SmallDisk {
    static var canBeMade: Bool {
        guard geteuid() == 0,
            let folder = try? FileManager.default.url(
                for: .itemReplacementDirectory,
                in: .userDomainMask,
                appropriateFor: URL(fileURLWithPath: NSTemporaryDirectory()),
                create: true
            ), let disk = try? SmallDisk(at: folder.path)
        else { return false }
        disk.remove()
        try? FileManager.default.removeItem(at: folder)
        return true
    }

    private let path: String

    init(at path: String) throws {
        guard mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0 else { throw CocoaError(.fileWriteNoPermission) }
        self.path = path
    }

    func remove() { umount2(path, 2) }
}
