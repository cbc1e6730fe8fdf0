import Domain
import MemoryAdapters

/// What comes back: outcomes, beats, dead letters.
extension SimOrchestrator {
    func record(_ messages: [(DeliveryHandle, OutcomeMessage)], _ done: @escaping () -> Void) {
        let handles = messages.map(\.0)
        let outcomes = messages.flatMap { message -> [Outcome] in if case .outcomes(let outcomes) = message.1 { outcomes } else { [] } }
        let markers = messages.compactMap { message -> OutcomeMarker? in if case .marker(let marker) = message.1 { marker } else { nil } }
        if world.defect == .outcomeAcknowledgedBeforeCommit { settle(handles, .acknowledge) }
        let world = world
        let recording = { [weak world] (record: inout RecordModel, now: Timestamp) -> RecordSummary in
            world?.recordOutcomes(outcomes, at: now, in: &record) ?? RecordSummary()
        }
        let finish: () -> Void = { [weak self] in
            self?.noteMarkers(markers) { [weak self] in
                self?.settle(handles, .acknowledge)
                done()
            }
        }
        guard !outcomes.isEmpty else { return finish() }
        if world.defect == .retryInMemory, outcomes.contains(where: \.isRetry) {
            // The defect: only this process knows that something is to be tried again, and when.
            settle(handles, .acknowledge)
            after(.seconds(3)) { [weak self] in self?.untilWritten(recording) { [weak self] summary in self?.follow(summary) } }
            return done()
        }
        untilWritten(recording) { [weak self] summary in
            self?.follow(summary)
            finish()
        }
    }

    /// Markers come last: all before them is committed.
    private func noteMarkers(_ markers: [OutcomeMarker], _ then: @escaping () -> Void) {
        guard !markers.isEmpty else { return then() }
        untilWritten({ $0.note(markers, now: $1) }, then: { _ in then() })
    }

    // MARK: The fleet

    func note(_ messages: [(DeliveryHandle, FleetMessage)], _ done: @escaping () -> Void) {
        let words = messages.map(\.1)
        let began = now
        untilWritten(
            { $0.note(words, now: $1) },
            then: { [weak self] _ in
                guard let self else { return }
                if now - began > settings.beatEvery { wasDeaf() }
                settle(messages.map(\.0), .acknowledge)
                for word in words { if case .registration(let registration) = word { welcome(registration.id) } }
                done()
            }
        )
    }

    /// Who registers is told what was cancelled lately.
    private func welcome(_ worker: WorkerID) {
        write(
            { $0.cancelledRuns(since: $1 - CancelledBook.keepFor) },
            then: { [weak self] commit in
                guard let self, case .done(let runs) = commit, !runs.isEmpty else { return }
                world.order(.cancel(runs), to: .worker(worker), from: self)
            }
        )
    }

    func watchForSilence() {
        guard isOpen else { return wasDeaf() }
        guard now >= deafUntil || world.defect == .deadWhenSilent, !busyLines.contains(.fleet) else { return }
        let silence = world.defect == .deadWhenSilent ? settings.beatEvery * 3 / 2 : settings.silence
        write(
            { $0.markLost(silentSince: $1 - silence) },
            then: { [weak self] commit in
                guard let self, case .done(let lost) = commit else { return }
                world.journal.saw(.workerLost, lost.count)
                for worker in lost { world.write("\(name) calls \(worker) lost") }
                if world.defect == .deadWhenSilent { presumeDead(lost) }
            }
        )
    }

    /// The defect: all that a silent worker ran is given to others at once.
    private func presumeDead(_ workers: [WorkerID]) {
        let judge = world.judge
        write(
            { [weak self] record, now in
                let lost = record.rows.filter { row in row.worker.map { workers.contains($0) } ?? false }
                self?.world.committed(record.rescue(lost.presumed, judge: judge, now: now))
            },
            then: { _ in }
        )
    }

    // MARK: Dead letters

    func bury(_ messages: [(DeliveryHandle, DeadMessage)], _ done: @escaping () -> Void) {
        let dead = messages.map(\.1)
        if world.defect == .copyIsLetter {
            let copies = dead.map {
                UnreadableMessage(body: $0.body, contentType: nil, reason: .undecodable, explanation: $0.reason, queue: "dead")
            }
            untilWritten({ record, now in _ = record.archive(copies, now: now) }, then: { _ in })
        }
        untilWritten(
            { $0.attachEvidence(dead, now: $1) },
            then: { [weak self] givenUp in
                self?.charge(givenUp) { [weak self] in
                    self?.settle(messages.map(\.0), .acknowledge)
                    done()
                }
            }
        )
    }

    private func charge(_ numbers: [GivenUpNumber], _ then: @escaping () -> Void) {
        guard !numbers.isEmpty else { return then() }
        world.journal.saw(.poison, numbers.count)
        let judge = world.judge
        askVoid(numbers.compactMap { number in number.key.map { (number.number, $0) } }) { [weak self] voided in
            self?.afterOutcomes(voided.values.contains(.void(wasGranted: true))) { [weak self] isRead in
                let answers = numbers.map { number -> (givenUp: GivenUpNumber, answer: VoidAnswer) in
                    guard number.key != nil else { return (number, .void(wasGranted: true)) }
                    let answer = voided[number.number] ?? .held(for: .seconds(1))
                    return (number, answer == .void(wasGranted: true) && !isRead ? .held(for: .seconds(1)) : answer)
                }
                self?.untilWritten(
                    { [weak self] record, now in
                        let summary = record.charge(answers, judge: judge, now: now)
                        self?.world.committed(summary)
                        return summary
                    },
                    then: { [weak self] summary in
                        self?.follow(summary)
                        then()
                    }
                )
            }
        }
    }

    /// What was granted may have reported by now.
    private func afterOutcomes(_ mustWait: Bool, _ then: @escaping (Bool) -> Void) {
        if mustWait, world.archivistWaits { passMarker(then) } else { then(true) }
    }
}

extension Outcome {
    /// Whether it asks for another attempt.
    fileprivate var isRetry: Bool {
        guard case .failed(let fault) = verdict else { return false }
        return fault.retryable
    }
}

extension [TaskRow] {
    /// As if Redis had said that each of their numbers was granted and is over.
    var presumed: [(watch: WatchedNumber, answer: VoidAnswer)] {
        compactMap { row in
            guard row.state == .queued, let number = row.number else { return nil }
            let key = row.key ?? ExclusionKey(OLTID(0))
            return (WatchedNumber(task: row.id, number: number, key: key), .void(wasGranted: true))
        }
    }
}
