import APIContract
import Domain
import Foundation
import PrivateServers

/// Runs the pipeline between two runs of the plain loops, on one broker.
struct PipelineBench: Sendable {
    let tasks: Int
    let workers: Int
    let slots: Int
    let batch: Int
    let submitters: Int
    /// How long the record may stand still before the bench gives up.
    let patience: Duration = .seconds(60)
    let servers: BenchServers
    let note: @Sendable (String) -> Void

    private struct Flow {
        let admitted: Duration
        let recorded: Duration
        let cpu: CPUAccount
    }

    func measure() async throws -> PipelineFigures {
        note("ceiling before, \(tasks) messages")
        let before = try await CeilingRun.measure(url: servers.rabbitMQ.url, messages: tasks, in: servers.folder)
        let fleet = try servers.fleet(workers: workers, slots: slots, note: note)
        let flow: Flow
        do {
            try await fleet.start()
            note("\(tasks) tasks")
            flow = try await run(on: await fleet.url)
        } catch {
            await fleet.stop()
            throw error
        }
        // Without the fleet, as before it.
        await fleet.stop()
        note("ceiling after")
        let after = try await CeilingRun.measure(url: servers.rabbitMQ.url, messages: tasks, in: servers.folder)
        return try await figures(flow, before, after)
    }

    private func run(on url: String) async throws -> Flow {
        let client = try APIClient(url)
        let submission = BatchSubmission(url: url, tasks: tasks, batch: batch, connections: submitters)
        let cpu = CPUAccount.now()
        let start = ContinuousClock.now
        async let recorded = waitUntilRecorded(client)
        try await submission.run()
        let admitted = ContinuousClock.now - start
        let end = try await recorded
        return Flow(admitted: admitted, recorded: end - start, cpu: CPUAccount.now() - cpu)
    }

    /// Asks rarely while the end is far: counting what waits is work for the database under test.
    ///
    /// - Returns: when the last outcome was seen in the record, late by at most one short pause.
    private func waitUntilRecorded(_ client: APIClient) async throws -> ContinuousClock.Instant {
        let start = ContinuousClock.now
        var best = 0
        var lastStep = start
        while true {
            let states: [String: Int] = try await client.get(APIPath.states)
            let succeeded = states[TaskState.succeeded.word] ?? 0
            let now = ContinuousClock.now
            if succeeded >= tasks { return now }
            if succeeded > best { (best, lastStep) = (succeeded, now) }
            guard now - lastStep < patience else {
                throw CommandError(.failed, "no task ended within \(patience); \(succeeded) of \(tasks) did, states \(states)")
            }
            let left = (now - start) * (Double(tasks - succeeded) / Double(max(1, succeeded)))
            try await Task.sleep(for: min(.seconds(1), max(.milliseconds(20), left / 3)))
        }
    }

    private func figures(_ flow: Flow, _ before: CeilingRun, _ after: CeilingRun) async throws -> PipelineFigures {
        let succeeded = try await servers.count("select count(*) from all_tasks where state = \(TaskState.succeeded.rawValue)")
        let withRun = try await servers.count("select count(distinct task) from all_attempts where outcome = 'succeeded'")
        let runs = try await servers.count("select count(*) from all_attempts")
        guard succeeded == tasks, withRun == tasks, runs == tasks else {
            throw CommandError(
                .failed,
                "not each task was recorded exactly once: \(tasks) submitted, \(succeeded) succeeded, \(withRun) with a run, \(runs) runs"
            )
        }
        let rate = Double(tasks) / (flow.recorded / .seconds(1))
        let ceiling = (before.bothAtOnce.perSecond + after.bothAtOnce.perSecond) / 2
        return PipelineFigures(
            tasks: tasks,
            workers: workers,
            slots: slots,
            batch: batch,
            submitters: submitters,
            admittedSeconds: flow.admitted / .seconds(1),
            seconds: flow.recorded / .seconds(1),
            tasksPerSecond: rate,
            succeeded: succeeded,
            tasksWithRun: withRun,
            runs: runs,
            cpuMicrosPerTask: flow.cpu.seconds.mapValues { $0 * 1e6 / Double(tasks) },
            cpuMicrosPerTaskInAll: flow.cpu.total * 1e6 / Double(tasks),
            ceilingBefore: before,
            ceilingAfter: after,
            ratio: rate / ceiling
        )
    }
}
