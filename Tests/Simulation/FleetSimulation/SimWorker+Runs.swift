import Domain

/// What a run does, from the question for its lease to its verdict.
extension SimWorker {
    func begin(_ attempt: SimAttempt) {
        guard !attempt.keeper.isOver(at: now) else { return tooLate(attempt) }
        guard let key = attempt.task.exclusionKey else { return work(attempt) }
        claim(key, attempt, until: now + settings.busyPatience)
    }

    /// Its time was over before its start: the number is given up, and the orchestrator judges.
    private func tooLate(_ attempt: SimAttempt) {
        let verdict = Verdict.interrupted(reason: RunKeeper.Cut.deadline.words)
        guard let key = attempt.task.exclusionKey else { return ended(attempt, verdict) }
        let number = attempt.task.number
        askRedis(
            { $0.hand(key, number, now: $1) },
            then: { [weak self] answer in
                if case .seen(let seen) = answer { self?.ended(attempt, .seen(seen)) } else { self?.ended(attempt, verdict) }
            }
        )
    }

    private func claim(_ key: ExclusionKey, _ attempt: SimAttempt, until patience: Instant) {
        let sentAt = now
        let (number, run, span, gap, world) = (attempt.task.number, attempt.run, settings.lease.span, settings.quietGap, world)
        let ask = { [weak world] (book: inout LeaseBook, now: Instant) -> TakeAnswer in
            let before = book.lease(key, now: now)
            let answer = book.take(key, number, run: run, span: span, quietGap: gap, now: now)
            if case .granted = answer { world?.granted(number, of: key, to: run, before: before) }
            return answer
        }
        askRedis(ask) { [weak self] answer in
            guard let self else { return }
            switch answer {
            case .granted(let gap), .mine(let gap): hold(attempt, sentAt: sentAt, gap)
            case .seen(let seen):
                // The defect: whoever was granted the number before must have died.
                if world.defect == .grantedTwice, seen.answer == .granted, seen.leaseLeft == nil {
                    world.granted(number, of: key, to: run, before: nil)
                    return hold(attempt, sentAt: sentAt, .zero)
                }
                ended(attempt, world.defect == .seenIsDeferred ? .deferred(Deferral(.busy)) : .seen(seen))
            case .busy(let left):
                guard now + settings.busyPause < patience else {
                    return ended(attempt, .deferred(Deferral(.busy, retryAfter: left > .zero ? left : nil)))
                }
                after(settings.busyPause) { [weak self] in self?.claim(key, attempt, until: patience) }
            case nil: ended(attempt, .deferred(Deferral(.leaseStoreSilent)))
            }
        }
    }

    private func hold(_ attempt: SimAttempt, sentAt: Instant, _ gap: Duration) {
        guard hand(of: attempt) == .running else { return }
        attempt.keeper.holds(LeaseKeeper(sentAt: sentAt, settings: settings.lease), quietUntil: now + gap)
        attempt.quietGap = world.defect == .noQuietGap ? .zero : gap
        work(attempt)
    }

    private func work(_ attempt: SimAttempt) {
        if let cut = attempt.keeper.obstacle(at: now) { return ended(attempt, .interrupted(reason: cut.words)) }
        attempt.keeper.began(at: now)
        attempt.startedAt = wall
        world.began(attempt, at: self)
        if attempt.keeper.hasLease { report(attempt, .started) }
        guard let job = world.job(attempt.task.id) else { return doPlanned(attempt) }
        switch job.work {
        case .plain(let span):
            after(span) { [weak self] in self?.succeeded(attempt) }
        case .flaky(let failures):
            let fault = TaskFault("flaky", "not yet", retryable: true)
            after(.milliseconds(50)) { [weak self] in
                guard let self else { return }
                attempt.task.attempt <= failures ? ended(attempt, attempt.keeper.verdict(of: fault)) : succeeded(attempt)
            }
        case .hopeless:
            after(.milliseconds(20)) { [weak self] in
                guard let self else { return }
                ended(attempt, attempt.keeper.verdict(of: TaskFault("hopeless", "never", retryable: false)))
            }
        case .poison(let deaths, _):
            guard world.deaths(of: attempt.task.id) < deaths else {
                after(.milliseconds(20)) { [weak self] in self?.succeeded(attempt) }
                return
            }
            after(.milliseconds(30)) { [weak self] in
                guard let self, !attempt.isOver else { return }
                world.died(of: attempt.task)
                world.kill(self)
            }
        case .walk(let place, let requests):
            after(attempt.quietGap) { [weak self] in
                guard let self else { return }
                walk(attempt, world.devices[place], requests: requests, tries: 0)
            }
        }
    }

    /// What the coordinator asked for: a short walk, or a probe that disturbs nobody.
    private func doPlanned(_ attempt: SimAttempt) {
        guard let (device, isProbe) = world.planned(attempt.task.id) else { return ended(attempt, .succeeded) }
        guard isProbe else {
            return after(attempt.quietGap) { [weak self] in self?.walk(attempt, device, requests: 2, tries: 2) }
        }
        after(.milliseconds(50)) { [weak self] in
            guard let self else { return }
            guard world.weather.silentDevices[device.place, default: 0] > 0 else { return succeeded(attempt) }
            ended(attempt, attempt.keeper.verdict(of: DeviceError.silent(device: "olt", attempts: 1).fault))
        }
    }

    private func succeeded(_ attempt: SimAttempt) {
        ended(attempt, world.defect == .noSendGuard ? .succeeded : attempt.keeper.forfeit(at: now) ?? .succeeded)
    }

    private func walk(_ attempt: SimAttempt, _ device: SimDevice, requests: Int, tries: Int) {
        guard !attempt.isOver else { return }
        guard requests > 0 else { return succeeded(attempt) }
        if world.defect != .noSendGuard, let refusal = attempt.keeper.refusal(at: now) {
            return ended(attempt, attempt.keeper.verdict(of: DeviceError.stopped(reason: refusal).fault))
        }
        guard tries < 3 else {
            return ended(attempt, attempt.keeper.verdict(of: DeviceError.silent(device: "olt", attempts: tries).fault))
        }
        device.ask(attempt.task.number, attempt.task.id, from: self) { [weak self] isAnswered in
            guard let self else { return }
            after(.milliseconds(300) + upTo(.milliseconds(1200))) { [weak self] in
                self?.walk(attempt, device, requests: isAnswered ? requests - 1 : requests, tries: isAnswered ? 0 : tries + 1)
            }
        }
    }
}
