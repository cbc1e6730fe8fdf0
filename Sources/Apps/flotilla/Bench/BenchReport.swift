import Foundation

/// What a bench found, as rows for people; its coding is the stable shape for programs.
protocol BenchFigures: Encodable, Sendable {
    /// What was done, in one sentence.
    var summary: String { get }
    /// Title row first.
    var table: [[String]] { get }
}

/// The figures of one run with where, when and of what they were taken.
struct BenchReport<Figures: BenchFigures>: Encodable {
    let bench: String
    let at: String
    let machine: BenchMachine
    let versions: BenchVersions
    /// What the caller says about the circumstances.
    let note: String?
    let figures: Figures

    var text: String {
        let lines = [conditions, figures.summary, TextTable(figures.table[0], Array(figures.table.dropFirst())).text(empty: "")]
        return lines.joined(separator: "\n")
    }

    /// The section of `docs/benchmarks.md`, without its title.
    var markdown: String {
        let rows = figures.table.map { "| \($0.joined(separator: " | ")) |" }
        let rule = "|" + figures.table[0].indices.map { $0 == 0 ? "---|" : "--:|" }.joined()
        let table = [rows[0], rule] + rows.dropFirst()
        return [figures.summary, table.joined(separator: "\n"), conditions].joined(separator: "\n\n")
    }

    private var conditions: String {
        let load = machine.loadBefore.map { "\($0)" }.joined(separator: " ")
        let servers =
            "RabbitMQ \(versions.rabbitMQ), PostgreSQL \(versions.postgreSQL), Redis \(versions.redis), "
            + "net-snmp \(versions.netSNMP), Swift \(versions.swift)"
        var text = "\(at), commit \(versions.commit), \(versions.build) build. \(machine.cores) cores (\(machine.processor)), "
        text += "\(machine.memoryGiB) GiB, Linux \(machine.kernel), load before \(load). \(servers)."
        if let note { text += " " + note }
        return text
    }
}

/// Figures as people read them.
enum Figure {
    static func rate(_ value: Double) -> String { "\(Int(value.rounded()))/s" }
    static func micros(_ value: Double) -> String { String(format: "%.1f µs", value) }
    static func millis(_ value: Double) -> String { String(format: value < 10 ? "%.2f ms" : "%.0f ms", value) }
    static func seconds(_ value: Double) -> String { String(format: "%.2f s", value) }
    static func ratio(_ value: Double) -> String { String(format: "%.3f", value) }
    static func mebibytes(_ value: Int) -> String { String(format: "%.1f MiB", Double(value) / Double(1 << 20)) }
}

/// Percentiles of what was observed.
struct Spread: Codable, Hashable {
    let p50: Double
    let p90: Double
    let p99: Double
    let max: Double

    /// - Parameter values: in any order; none gives zeros.
    init(_ values: [Double]) {
        let sorted = values.sorted()
        func at(_ part: Double) -> Double {
            sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int((Double(sorted.count) * part).rounded(.down)))]
        }
        p50 = at(0.5)
        p90 = at(0.9)
        p99 = at(0.99)
        max = sorted.last ?? 0
    }
}
