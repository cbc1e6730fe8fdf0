package import Domain
package import Logging
import Reactor
import ServiceLifecycle
import Synchronization

/// The coordinator's journal in files of bounded size.
///
/// `write` only queues; a thread of its own meets the disk. What finds no room in the queue, or could not be written, is counted, and the
/// number is the next line that can be.
package final class FileJournal: CoordinatorJournal, Service {
    package struct Settings: Hashable, Sendable {
        package var folder: String
        package var name = "main.log"
        /// A file that would grow beyond is renamed, 1 KiB…1 GiB.
        package var bytesMax = 10 << 20
        /// Files that are kept, the current one among them, 1…100.
        package var files = 5
        /// Lines that wait for the disk, 1…1,000,000.
        package var linesMax = 10_000
        /// Pause before a disk that refused is tried again.
        package var againAfter: Duration = .seconds(5)

        package init(folder: String) {
            self.folder = folder
        }
    }

    private struct Shared {
        var lines: [String] = []
        /// Lines that found no room or no disk, since a line was written.
        var dropped = 0
    }

    /// Only the thread of the pool that writes has it.
    private struct Disk: ~Copyable {
        var file: RotatingFile
        /// It was told already.
        var failure: RotatingFile.Failure?
    }

    private let settings: Settings
    private let time: TimeSource
    private let log: Logger
    private let shared = Mutex(Shared())
    private let disk: Mutex<Disk>
    private let pool = BlockingPool(name: "flotilla-jrnl", threads: 2, queueMax: 4)
    private let (bells, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    package init(_ settings: Settings, time: TimeSource, log: Logger) {
        self.settings = settings
        self.time = time
        self.log = log
        let file = RotatingFile(folder: settings.folder, name: settings.name, bytesMax: settings.bytesMax, files: settings.files)
        disk = Mutex(Disk(file: file))
    }

    package func write(_ level: CoordinatorEvent.Level, _ source: String, _ message: String, at time: Timestamp) {
        let line = JournalLine.text(level, source, message, at: time)
        shared.withLock { shared in
            guard shared.lines.count < settings.linesMax else {
                shared.dropped += 1
                return
            }
            shared.lines.append(line)
        }
        bell.yield()
    }

    /// Writes what comes until a graceful shutdown, and then what is left.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in self.bells {
                guard await !self.flush() else { continue }
                // A cancelled pause ends the loop by its stream.
                try? await Task.sleep(for: self.settings.againAfter)
                self.bell.yield()
            }
        }
        _ = await flush()
    }

    /// - Returns: whether everything that was queued is in the file.
    private func flush() async -> Bool {
        do {
            return try await pool.run { self.meetDisk() }
        } catch {
            return false
        }
    }

    private func meetDisk() -> Bool {
        let (queued, dropped) = shared.withLock { shared in
            defer { shared = Shared() }
            return (shared.lines, shared.dropped)
        }
        let notice = dropped > 0 ? [Self.lostLine(dropped, at: time.wall())] : []
        guard !queued.isEmpty || !notice.isEmpty else { return true }
        let written = disk.withLock { disk in
            let (written, failure) = disk.file.append(notice + queued)
            tell(failure, after: disk.failure)
            disk.failure = failure
            return written
        }
        let left = queued.dropFirst(written - min(written, notice.count))
        if !left.isEmpty || written < notice.count { putBack(left, dropped: written < notice.count ? dropped : 0) }
        return left.isEmpty
    }

    /// What the disk refused waits before what came meanwhile; what finds no room then is the latest.
    private func putBack(_ left: ArraySlice<String>, dropped: Int) {
        shared.withLock { shared in
            let all = left + shared.lines
            shared.lines = Array(all.prefix(settings.linesMax))
            shared.dropped += dropped + max(0, all.count - settings.linesMax)
        }
    }

    private func tell(_ failure: RotatingFile.Failure?, after last: RotatingFile.Failure?) {
        switch (last, failure) {
        case (nil, let failure?): log.warning("the coordinator's journal is not written", metadata: ["reason": "\(failure)"])
        case (_?, nil): log.notice("the coordinator's journal is written again", metadata: ["folder": "\(settings.folder)"])
        case (nil, nil), (_?, _?): break
        }
    }

    private static func lostLine(_ count: Int, at time: Timestamp) -> String {
        JournalLine.text(.warning, "coordinator.journal", "\(count) lines could not be written here; the table has them", at: time)
    }
}
