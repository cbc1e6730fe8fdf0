package import Domain
import Synchronization

/// Measures what the orchestrator records and publishes.
package final class FleetMeter: FleetObserver {
    private struct Figures {
        var runs = HistogramTable(.seconds)
        var starts = HistogramTable(.seconds)
        var tasks = HistogramTable(.seconds)
        var outcomes: [String: Int] = [:]
        var ends: [String: Int] = [:]
        var deaths: [String: Int] = [:]
        var recordBatch = Histogram.batch
        var recordSeconds = Histogram.seconds
        var publishBatch = Histogram.batch
        var publishSeconds = Histogram.seconds
        var ended: MinuteRate
    }

    private let figures = Mutex(Figures(ended: MinuteRate(begin: .now)))

    package init() {}

    package func recorded(_ ends: [RecordedEnd]) {
        guard !ends.isEmpty else { return }
        figures.withLock { figures in
            for end in ends { Self.note(end, in: &figures) }
            figures.ended.note(ends.count { $0.state.isTerminal }, now: .now)
        }
    }

    /// Tasks that ended per second, over the last minute.
    package var throughput: Double { figures.withLock { $0.ended.perSecond(now: .now) } }

    package func committed(outcomes: Int, took: Duration) {
        figures.withLock { figures in
            figures.recordBatch.note(Double(outcomes))
            figures.recordSeconds.note(took.seconds)
        }
    }

    package func published(tasks: Int, took: Duration) {
        figures.withLock { figures in
            figures.publishBatch.note(Double(tasks))
            figures.publishSeconds.note(took.seconds)
        }
    }

    /// Clocks of machines differ: no span is shorter than nothing.
    private static func note(_ end: RecordedEnd, in figures: inout Figures) {
        if let outcome = end.outcome { figures.outcomes[outcome, default: 0] += 1 }
        if let startedAt = end.startedAt {
            if let queuedAt = end.queuedAt {
                figures.starts.note(max(0, (startedAt - queuedAt).seconds), for: end.lane.priority.word)
            }
            figures.runs.note(max(0, (end.finishedAt - startedAt).seconds), for: end.kind)
        }
        guard end.state.isTerminal else { return }
        figures.ends[end.state.word, default: 0] += 1
        if let reason = end.reason { figures.deaths[reason.rawValue, default: 0] += 1 }
        figures.tasks.note(max(0, (end.finishedAt - end.createdAt).seconds), for: end.kind)
    }

    /// The families of `Metric.fleet`.
    package func write(to text: inout MetricsText) {
        let figures = figures.withLock { $0 }
        text.add(.outcomes, samples: Self.samples(figures.outcomes))
        text.add(.taskEnds, samples: Self.samples(figures.ends))
        text.add(.deaths, samples: Self.samples(figures.deaths))
        text.add(.runSeconds, histograms: figures.runs.rows)
        text.add(.startSeconds, histograms: figures.starts.rows)
        text.add(.taskSeconds, histograms: figures.tasks.rows)
        text.add(.recordBatch, histograms: [([], figures.recordBatch)])
        text.add(.recordSeconds, histograms: [([], figures.recordSeconds)])
        text.add(.publishBatch, histograms: [([], figures.publishBatch)])
        text.add(.publishSeconds, histograms: [([], figures.publishSeconds)])
    }

    private static func samples(_ counts: [String: Int]) -> [(labels: [String], value: Double)] {
        counts.sorted { $0.key < $1.key }.map { ([$0.key], Double($0.value)) }
    }
}

extension Metric {
    package static let outcomes = Metric(
        "flotilla_outcomes_total",
        .counter,
        "Ends of numbers that this process recorded, by what the run reported.",
        labels: ["outcome"]
    )
    package static let taskEnds = Metric(
        "flotilla_task_ends_total",
        .counter,
        "Tasks that this process saw end, by their terminal state.",
        labels: ["state"]
    )
    package static let deaths = Metric(
        "flotilla_task_deaths_total",
        .counter,
        "Tasks that this process recorded as dead, by reason.",
        labels: ["reason"]
    )
    package static let runSeconds = Metric(
        "flotilla_run_duration_seconds",
        .histogram,
        "How long runs took on their worker.",
        labels: ["kind"]
    )
    package static let startSeconds = Metric(
        "flotilla_dispatch_to_start_seconds",
        .histogram,
        "From the number to the beginning of the run; by the clocks of orchestrator and worker.",
        labels: ["priority"]
    )
    package static let taskSeconds = Metric(
        "flotilla_task_duration_seconds",
        .histogram,
        "From admission to the terminal state.",
        labels: ["kind"]
    )
    package static let recordBatch = Metric("flotilla_record_batch_size", .histogram, "Outcomes recorded in one transaction.")
    package static let recordSeconds = Metric("flotilla_record_duration_seconds", .histogram, "How long such a transaction took.")
    package static let publishBatch = Metric("flotilla_publish_batch_size", .histogram, "Tasks published together.")
    package static let publishSeconds = Metric(
        "flotilla_publish_duration_seconds",
        .histogram,
        "From publishing a batch to the last of the broker's answers."
    )

    /// What `FleetMeter` writes.
    package static let fleet = [
        outcomes, taskEnds, deaths, runSeconds, startSeconds, taskSeconds, recordBatch, recordSeconds, publishBatch, publishSeconds,
    ]
}

extension Duration {
    /// Seconds with their fraction.
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
