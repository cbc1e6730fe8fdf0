import Domain
import Logging

/// Admits a batch of submissions in one transaction and answers their callers.
struct AdmissionWriter: Sendable {
    let tasks: any TaskRecord
    let devices: any DeviceRecord
    let admission: Admission
    let ledger: LaneLedger
    let dispatcher: Dispatcher
    let counters: CounterBook
    let commitRetriesMax: Int
    let time: TimeSource
    let log: Logger

    func write(_ batch: [Submission]) async {
        do throws(RecordError) {
            let answers = try await answers(to: batch)
            for (submission, answer) in zip(batch, answers) { submission.caller.resume(returning: .success(answer)) }
        } catch {
            await writeSingly(batch, after: error)
        }
    }

    /// What the database refuses may be one caller's fault: each then gets a transaction of its own.
    private func writeSingly(_ batch: [Submission], after error: RecordError) async {
        guard case .refused(_, let message) = error else {
            log.warning("admission failed", metadata: [LogKey.error: "\(error)", LogKey.count: "\(batch.count)"])
            for submission in batch { submission.caller.resume(returning: .failure(.record(error))) }
            return
        }
        if batch.count > 1 {
            for submission in batch { await write([submission]) }
        } else if let submission = batch.first, submission.drafts.count == 1 {
            let fault = Admission.Fault(.invalidValue, field: "draft", "the database refuses it: \(message)")
            submission.caller.resume(returning: .success([.failure(fault)]))
        } else {
            for submission in batch { submission.caller.resume(returning: .failure(.record(error))) }
        }
    }

    private func answers(to batch: [Submission]) async throws(RecordError) -> [[Result<Receipt, Admission.Fault>]] {
        let checked = try await check(batch)
        let admitted = zip(batch.lazy.flatMap(\.drafts), checked.joined()).compactMap { draft, answer -> AdmittedTask? in
            guard case .success(let task) = answer else { return nil }
            return AdmittedTask(
                task,
                goesAtOnce: task.mayGoAtOnce && ledger.takePlace(in: task.lane),
                mayExist: draft.id != nil && !draft.isIDFresh
            )
        }
        let written = admitted.isEmpty ? [] : try await commit(admitted)
        note(written, of: admitted)
        var receipts = zip(admitted, written).map { receipt(for: $0.task, $1) }[...]
        return checked.map { answers in
            answers.map { answer in answer.flatMap { _ in receipts.removeFirst() } }
        }
    }

    private func check(_ batch: [Submission]) async throws(RecordError) -> [[Result<FleetTask, Admission.Fault>]] {
        let names = Set(batch.lazy.flatMap(\.drafts).compactMap(Admission.namedOLT(of:)))
        let known = names.isEmpty ? [:] : try await devices.namedOLTs(names)
        let now = time.wall()
        var chance = SystemRandomNumberGenerator()
        return batch.map { submission in
            submission.drafts.map { draft in
                admission.admit(
                    draft,
                    olt: Admission.namedOLT(of: draft).map { known[$0] ?? .unknown },
                    source: submission.source,
                    lanePriority: submission.lanePriority,
                    now: now,
                    using: &chance
                )
            }
        }
    }

    /// Ids are given before the first try, so that a commit of unknown fate can be repeated: what was written answers *duplicate*.
    private func commit(_ admitted: [AdmittedTask]) async throws(RecordError) -> [AdmissionAnswer] {
        var admitted = admitted
        var retries = 0
        while true {
            do throws(RecordError) {
                let answers = try await tasks.admit(admitted, now: time.wall())
                guard retries > 0 else { return answers }
                // What our own earlier try wrote is not somebody's duplicate.
                return zip(admitted, answers).map { admitted, answer in
                    guard case .duplicate(let holder, let state) = answer, holder == admitted.task.id else { return answer }
                    return state == .blocked ? .blocked : .waiting
                }
            } catch {
                guard error == .commitUnknown || (retries > 0 && error.mayPass), retries < commitRetriesMax else {
                    ledger.left(places(of: admitted) { _ in true })
                    throw retries > 0 ? .commitUnknown : error
                }
                retries += 1
                admitted = admitted.map { AdmittedTask($0.task, goesAtOnce: $0.goesAtOnce, mayExist: true) }
                log.warning("a commit has an unknown fate, repeating it", metadata: [LogKey.error: "\(error)"])
                try? await Task.sleep(for: .milliseconds(100 * min(retries, 20)))
            }
        }
    }

    private func note(_ answers: [AdmissionAnswer], of admitted: [AdmittedTask]) {
        var queued: [DispatchedTask] = []
        var duplicates = 0
        var refused = 0
        var mayBeDue = false
        for answer in answers {
            switch answer {
            case .queued(let task): queued.append(task)
            case .waiting: mayBeDue = true
            case .blocked: break
            case .duplicate: duplicates += 1
            case .keyReused: refused += 1
            }
        }
        let kept = Set(queued.map(\.id))
        ledger.left(places(of: admitted) { !kept.contains($0.id) })
        counters.count {
            $0.admitted += answers.count - duplicates - refused
            $0.duplicates += duplicates
        }
        dispatcher.publish(queued)
        if mayBeDue { dispatcher.notify() }
    }

    private func places(of admitted: [AdmittedTask], where isGivenBack: (FleetTask) -> Bool) -> [Lane: Int] {
        admitted.reduce(into: [:]) { places, admitted in
            if admitted.goesAtOnce, isGivenBack(admitted.task) { places[admitted.task.lane, default: 0] += 1 }
        }
    }

    private func receipt(for task: FleetTask, _ answer: AdmissionAnswer) -> Result<Receipt, Admission.Fault> {
        switch answer {
        case .waiting: .success(Receipt(id: task.id, state: .waiting, duplicate: false))
        case .blocked: .success(Receipt(id: task.id, state: .blocked, duplicate: false))
        case .queued: .success(Receipt(id: task.id, state: .queued, duplicate: false))
        case .duplicate(let holder, let state): .success(Receipt(id: holder, state: state, duplicate: true))
        case .keyReused(_, let holder):
            .failure(
                Admission.Fault(
                    .keyReused,
                    field: "Idempotency-Key",
                    "the key was used for another request, which became task \(holder)",
                    allowed: "a new key for a new request, or the same request again"
                )
            )
        }
    }
}
