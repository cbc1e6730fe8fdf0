import Foundation
import Logging
import Synchronization
import Telemetry
import Testing

@Suite("Log lines as JSON")
struct JSONLogTests {
    /// What was logged, line by line.
    private final class Page: Sendable {
        private let lines = Mutex<[String]>([])

        func write(_ line: String) { lines.withLock { $0.append(line) } }

        var all: [String] { lines.withLock { $0 } }

        func logger(level: Logger.Level = .info) -> Logger {
            Logger(label: "test") { label in
                JSONLogHandler(label: label, level: level, now: { "2026-01-02T03:04:05.000006Z" }, write: write)
            }
        }
    }

    private func object(_ line: String) throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
    }

    @Test("a line is one flat object with time, level, message and metadata")
    func flat() throws {
        let page = Page()
        var log = page.logger()
        log[metadataKey: "worker.id"] = "w-1"

        log.notice("a task is dead", metadata: ["task.id": "t-1", "number": "7"])

        #expect(page.all.count == 1)
        #expect(
            try object(page.all[0]) == [
                "time": "2026-01-02T03:04:05.000006Z", "level": "notice", "logger": "test", "message": "a task is dead",
                "task.id": "t-1", "number": "7", "worker.id": "w-1",
            ]
        )
    }

    @Test("whatever a text holds, it stays one line that reads back as it was")
    func escaping() throws {
        let page = Page()
        let evil = "a\"b\\c\nd\re\tf\u{0}g\u{1b}[31mh\u{7f}i\u{85}j\u{2028}k\u{2029}l😀"

        page.logger().error("\(evil)", metadata: ["reason": "\(evil)"])

        let line = try #require(page.all.first)
        #expect(line.unicodeScalars.filter { $0.value < 0x20 || (0x7f..<0xa0).contains($0.value) } == ["\n"])
        #expect(line.hasSuffix("}\n"))
        #expect(try object(line)["message"] == evil)
        #expect(try object(line)["reason"] == evil)
    }

    @Test("metadata cannot take the place of the line's own fields")
    func own() throws {
        let page = Page()

        page.logger().info("true", metadata: ["message": "false", "level": "debug"])

        let object = try object(page.all[0])
        #expect(object["message"] == "true")
        #expect(object["metadata.message"] == "false")
        #expect(object["level"] == "info")
    }

    @Test("lists and tables stay text, and what is below the level is not written")
    func nested() throws {
        let page = Page()
        let log = page.logger(level: .warning)

        log.info("not this one")
        log.warning("this one", metadata: ["list": ["a", "b"], "table": ["x": "y"]])

        #expect(page.all.count == 1)
        #expect(try object(page.all[0])["list"]?.contains("a") == true)
    }
}
