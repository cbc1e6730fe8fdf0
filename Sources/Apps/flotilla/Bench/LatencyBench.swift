import APIContract
import Assembly
import Domain
import Foundation
import PrivateServers
import Wire

/// From a request sent to the first line of its kind, at a steady rate.
struct LatencyFigures: Codable, BenchFigures {
    let tasks: Int
    let seconds: Int
    let perSecond: Int
    let connections: Int
    /// Milliseconds from sending the request until the kind began.
    let untilBegun: Spread
    /// Milliseconds until the receipt was read.
    let untilAnswered: Spread
    /// Milliseconds by which requests were sent later than planned.
    let sentLate: Spread

    var summary: String {
        "\(perSecond) `noop` tasks a second for \(seconds) s, one HTTP request each from \(connections) connections, two workers. Taken by the "
            + "wall clock of this one host in microseconds: the sender's just before it writes the request, the worker's when the kind begins."
    }

    var table: [[String]] {
        let rows = [("request sent → kind begins", untilBegun), ("request sent → receipt", untilAnswered), ("sent late by", sentLate)]
        return [["span", "p50", "p90", "p99", "max"]]
            + rows.map { [$0] + [$1.p50, $1.p90, $1.p99, $1.max].map(Figure.millis) }
    }
}

/// Sends single tasks at a steady rate and looks up in the record when each began.
struct LatencyBench: Sendable {
    let seconds: Int
    let perSecond: Int
    let connections = 16
    let servers: BenchServers
    let note: @Sendable (String) -> Void

    private struct Sent: Sendable {
        let id: String
        let at: Timestamp
        let answeredMillis: Double
        let lateMillis: Double
    }

    func measure() async throws -> LatencyFigures {
        let fleet = try servers.fleet(workers: 2, slots: nil, note: note)
        let sent: [Sent]
        do {
            try await fleet.start()
            let url = await fleet.url
            note("a second to warm up, then \(perSecond) tasks a second for \(seconds) s")
            let warm = try await submit(perSecond, to: url)
            sent = try await submit(perSecond * seconds, to: url)
            try await waitUntilRecorded(warm.count + sent.count)
        } catch {
            await fleet.stop()
            throw error
        }
        await fleet.stop()
        let begun = try await begins()
        let spans = try sent.map { one in
            guard let begin = begun[one.id] else { throw CommandError(.failed, "the record does not know when \(one.id) began") }
            return Double(begin - one.at.microseconds) / 1000
        }
        return LatencyFigures(
            tasks: sent.count,
            seconds: seconds,
            perSecond: perSecond,
            connections: connections,
            untilBegun: Spread(spans),
            untilAnswered: Spread(sent.map(\.answeredMillis)),
            sentLate: Spread(sent.map(\.lateMillis))
        )
    }

    /// Each connection sends every sixteenth task, by plan and not by the answer to the one before.
    private func submit(_ count: Int, to url: String) async throws -> [Sent] {
        let (connections, perSecond) = (connections, perSecond)
        let start = ContinuousClock.now + .milliseconds(50)
        let answers = try await SubmitterThreads.run(connections) { thread in
            let connection = try KeepAlive(url)
            var chance = SystemRandomNumberGenerator()
            return try stride(from: thread, to: count, by: connections).map { place in
                let id = TaskID(at: TimeSource.system.wall(), using: &chance)
                let body = DraftCodec.encode(TaskDraft(kind: "noop", id: id), as: .protobuf)
                let planned = start + .microseconds(place * 1_000_000 / perSecond)
                let ahead = planned - ContinuousClock.now
                if ahead > .zero { Thread.sleep(forTimeInterval: ahead / .seconds(1)) }
                let wall = TimeSource.system.wall()
                let began = ContinuousClock.now
                _ = try connection.post(APIPath.tasks, body, contentType: WireFormat.protobuf.contentType)
                return Sent(
                    id: id.description,
                    at: wall,
                    answeredMillis: (ContinuousClock.now - began) / .milliseconds(1),
                    lateMillis: (began - planned) / .milliseconds(1)
                )
            }
        }
        return answers.flatMap { $0 }
    }

    private func waitUntilRecorded(_ count: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try await servers.count("select count(*) from all_attempts") < count {
            guard ContinuousClock.now < deadline else { throw CommandError(.failed, "not all tasks were recorded within a minute") }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// When each task's first run began, in microseconds since 1970.
    private func begins() async throws -> [String: Int64] {
        let rows = try await servers.postgres.statement(
            "select task, (extract(epoch from min(started_at)) * 1000000)::bigint from all_attempts group by task"
        )
        return rows.split(separator: "\n").reduce(into: [:]) { begins, row in
            let cells = row.split(separator: "|")
            if cells.count == 2 { begins[String(cells[0])] = Int64(cells[1]) }
        }
    }
}
