import Foundation
import Orchestration
import Telemetry
import Testing

@Suite("The table of metrics")
struct DocumentedMetricsTests {
    /// Rows of the tables below `## Metrics` in `docs/operations.md`: name, type, labels.
    private func documented() throws -> [String: (kind: String, labels: String)] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let text = try String(contentsOf: root.appending(path: "docs/operations.md"), encoding: .utf8)
        let section = try #require(text.components(separatedBy: "\n## Metrics\n").last?.components(separatedBy: "\n## ").first)
        var rows: [String: (String, String)] = [:]
        for line in section.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
            rows[cells[1].replacing("`", with: "")] = (cells[2], cells[3].replacing("`", with: ""))
        }
        return rows
    }

    @Test("what both programs measure is explained, with its type and labels", arguments: Metric.process + Metric.fleet + Metric.worker)
    func explained(metric: Metric) throws {
        let row = try #require(try documented()[metric.name], "\(metric.name) is missing in docs/operations.md")

        #expect(row.kind == metric.kind.rawValue)
        #expect(row.labels == (metric.labels.isEmpty ? "–" : metric.labels.joined(separator: ", ")))
    }

    @Test("every counter is explained", arguments: Counters.table.map(\.word))
    func counters(word: String) throws {
        #expect(try documented()["flotilla_\(word)_total"]?.kind == "counter")
    }
}
