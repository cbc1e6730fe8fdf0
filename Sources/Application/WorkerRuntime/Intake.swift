import Domain
import Logging

/// Takes deliveries in, starts what has a slot, and sees each attempt through to its report.
final class Intake: Sendable {
    private let floor: WorkFloor
    private let execution: Execution
    private let reporter: Reporter
    private let handBack: HandBack
    private let tally: Tally
    private let worker: WorkerID
    private let time: TimeSource
    private let settings: WorkerSettings.Report
    private let log: Logger

    init(
        floor: WorkFloor,
        execution: Execution,
        reporter: Reporter,
        handBack: HandBack,
        tally: Tally,
        worker: WorkerID,
        time: TimeSource,
        settings: WorkerSettings.Report,
        log: Logger
    ) {
        self.floor = floor
        self.execution = execution
        self.reporter = reporter
        self.handBack = handBack
        self.tally = tally
        self.worker = worker
        self.time = time
        self.settings = settings
        self.log = log
    }

    func take(_ deliveries: [WorkDelivery]) {
        let orders = floor.arrived(deliveries, now: time.monotonic())
        for (attempt, reason) in orders.handBack { handBack.give(attempt, reason) }
        for _ in orders.suspect { tally.reported(.suspect) }
        reporter.add(
            orders.suspect.map { Report(outcome: Outcome(of: $0, .suspect, worker: worker, at: time.wall()), attempt: $0) }
        )
        start(orders.start)
    }

    private func start(_ attempts: [Attempt]) {
        for attempt in attempts {
            // Unstructured: each run is cut off alone by its time, its lease or the drain; the floor holds it, and the drain waits for it.
            attempt.carried(by: Task { await self.carry(attempt) })
        }
    }

    private func carry(_ attempt: Attempt) async {
        log.debug("a run begins", metadata: attempt.metadata(worker))
        let ending = await execution.run(attempt)
        tally.reported(ending.verdict)
        tell(ending.verdict, attempt)
        attempt.finished(at: time.monotonic())
        start(floor.ended(attempt, ending.verdict))
        let (device, parts) = split(ending.device, number: attempt.task.number)
        guard await send(parts) else { return }
        let outcome = Outcome(
            of: attempt,
            ending.verdict,
            worker: worker,
            at: time.wall(),
            result: ending.result,
            device: device,
            parts: parts.count
        )
        reporter.add([Report(outcome: outcome, attempt: attempt)])
    }

    /// A failure is told at once, everything else to whoever asks for it.
    private func tell(_ verdict: Verdict, _ attempt: Attempt) {
        guard case .failed(let fault) = verdict else {
            return log.debug("a run is over", metadata: attempt.metadata(worker).merging([LogKey.outcome: "\(verdict.word)"]) { $1 })
        }
        let told: Logger.Metadata = [
            LogKey.outcome: "\(verdict.word)", LogKey.errorClass: "\(fault.errorClass)", LogKey.error: "\(fault.message)",
        ]
        log.info("a run failed", metadata: attempt.metadata(worker).merging(told) { $1 })
    }

    /// Parts are confirmed before their outcome leaves.
    ///
    /// - Returns: false when the worker has stopped meanwhile.
    private func send(_ parts: [OutcomePart]) async -> Bool {
        guard !parts.isEmpty else { return true }
        let reporter = reporter
        // Unstructured: the run may have been cut off, which must not stop its parts.
        return await Task {
            for part in parts {
                guard await reporter.send(part) else { return false }
            }
            return true
        }.value
    }

    /// A device result that is too large for one message leaves its observations to numbered parts.
    private func split(_ device: DeviceResult?, number: DispatchNumber) -> (DeviceResult?, [OutcomePart]) {
        guard var device else { return (nil, []) }
        let weight = device.observations.reduce(0) { $0 + $1.weight }
        guard device.observations.count > settings.observationsMax || weight > settings.batchBytesMax else { return (device, []) }
        var parts: [OutcomePart] = []
        var part: [ONUObservation] = []
        var partWeight = 0
        for observation in device.observations {
            if part.count == settings.partMax || (!part.isEmpty && partWeight + observation.weight > settings.batchBytesMax) {
                parts.append(OutcomePart(number: number, index: parts.count, observations: part))
                part = []
                partWeight = 0
            }
            part.append(observation)
            partWeight += observation.weight
        }
        parts.append(OutcomePart(number: number, index: parts.count, observations: part))
        device.observations = []
        return (device, parts)
    }
}

extension Outcome {
    /// The outcome of an attempt, under the number and the run it had.
    init(
        of attempt: Attempt,
        _ verdict: Verdict,
        worker: WorkerID,
        at time: Timestamp,
        result: Payload = [:],
        device: DeviceResult? = nil,
        parts: Int = 0
    ) {
        self.init(
            task: attempt.task.id,
            number: attempt.task.number,
            attempt: attempt.task.attempt,
            worker: worker,
            run: attempt.run,
            verdict: verdict,
            startedAt: attempt.startedAt,
            finishedAt: time,
            redeliveries: attempt.delivery.redeliveries,
            result: result,
            device: device,
            parts: parts,
            traceParent: attempt.traceParent
        )
    }
}
