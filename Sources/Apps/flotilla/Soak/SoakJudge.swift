import APIContract
import Domain
import Foundation
import PrivateServers

/// Looks at everything once a soak is over, in the database: too many tasks to ask for each.
struct SoakJudge: Sendable {
    private static let idsAtOnce = 1_000
    private static let patience: Duration = .seconds(180)

    let stage: FaultStage

    /// Waits until nothing is open.
    /// - Returns: how long that took.
    func settle() async throws -> Duration {
        let began = ContinuousClock.now
        while ContinuousClock.now - began < Self.patience {
            let open = try await stage.servers.count("select count(*) from tasks")
            if open == 0, try await stage.servers.filledQueues().isEmpty { break }
            try await Task.sleep(for: .milliseconds(500))
        }
        return ContinuousClock.now - began
    }

    /// Notes what is wrong with the stage and answers the figures.
    func judge(accepted: [String]) async throws -> (lost: Int, doubleEnds: Int, counts: [String: Int]) {
        let servers = stage.servers
        let open = try await servers.count("select count(*) from tasks")
        let queues = try await servers.filledQueues()
        let left = queues.isEmpty ? "all queues empty" : "left: \(queues.joined(separator: ", "))"
        await stage.check("I13", "\(open) tasks open, \(left)", good: open == 0 && queues.isEmpty)
        var ended = 0
        for start in stride(from: 0, to: accepted.count, by: Self.idsAtOnce) {
            let ids = accepted[start..<min(start + Self.idsAtOnce, accepted.count)].map { "'\($0)'" }.joined(separator: ",")
            ended += try await servers.count("select count(distinct id) from tasks_done where id in (\(ids))")
        }
        let lost = accepted.count - ended
        await stage.check("I1 I3", "\(ended) of \(accepted.count) accepted tasks at their end", good: lost == 0)
        let twice = try await servers.count("select count(*) - count(distinct id) from tasks_done")
        let runs = try await servers.count(
            """
            select count(*) from (
                select task from attempts_done where outcome in ('succeeded', 'dead') group by task having count(*) > 1
            ) as doubled
            """
        )
        await stage.check("I2", "\(twice) tasks ended twice, \(runs) with two successful runs recorded", good: twice == 0 && runs == 0)
        try await judgeDead()
        return (lost, twice + runs, try await counts())
    }

    private func judgeDead() async throws {
        let dead = try await stage.servers.count("select count(*) from tasks_done where state = \(TaskState.dead.rawValue)")
        let letters = try await stage.servers.count("select count(*) from letters where task is not null")
        await stage.check("I12", "\(dead) dead tasks, \(letters) letters", good: dead == letters)
        // Somebody's third lost worker is a promise kept, too.
        let others = try await stage.servers.postgres.statement(
            """
            select kind, error_class, error_message from tasks_done
            where state = \(TaskState.dead.rawValue) and coalesce(error_class, '') not in ('asked', 'worker_lost') limit 3
            """
        )
        for line in others.split(separator: "\n") { await stage.problem("died although nobody asked for it: \(line)") }
    }

    private func counts() async throws -> [String: Int] {
        let text = try await stage.servers.postgres.statement("select state, count(*) from tasks_done group by state")
        var counts: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let cells = line.split(separator: "|")
            guard cells.count == 2, let code = Int16(cells[0]), let state = TaskState(rawValue: code) else { continue }
            counts[state.word] = Int(cells[1])
        }
        let outcomes = try await stage.servers.postgres.statement("select outcome, count(*) from attempts_done group by outcome")
        for line in outcomes.split(separator: "\n") {
            let cells = line.split(separator: "|")
            if cells.count == 2 { counts["runs \(cells[0])"] = Int(cells[1]) }
        }
        return counts
    }
}
