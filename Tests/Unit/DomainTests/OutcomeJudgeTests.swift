import Domain
import Testing

@Suite("The outcome judge", .timeLimit(.minutes(1)))
struct OutcomeJudgeTests {
    private let judge = OutcomeJudge()
    private let now = Timestamp(microseconds: 1_000_000_000)
    private let number = DispatchNumber(7)
    private let fault = TaskFault("device_silent", "no answer", retryable: true)

    private func standing(
        _ state: TaskState = .queued,
        number: Int64? = 7,
        attempt: Int = 1,
        maxAttempts: Int = 5,
        workersLost: Int = 0,
        deferrals: Int = 0,
        deadline: Timestamp? = nil,
        ending: Ending? = nil
    ) -> TaskStanding {
        TaskStanding(
            id: TaskID(high: 1, low: 2),
            state: state,
            number: number.map(DispatchNumber.init),
            attempt: attempt,
            maxAttempts: maxAttempts,
            backoff: Backoff(base: .seconds(4), factor: 2, ceiling: .seconds(60)),
            workersLost: workersLost,
            deferrals: deferrals,
            deadline: deadline,
            ending: ending
        )
    }

    private func outcome(_ verdict: Verdict, startedAt: Timestamp? = nil) -> Outcome {
        Outcome(
            task: TaskID(high: 1, low: 2),
            number: number,
            attempt: 1,
            worker: WorkerID("w"),
            run: RunToken(3),
            verdict: verdict,
            startedAt: startedAt,
            finishedAt: now
        )
    }

    private func change(_ verdict: Verdict, on standing: TaskStanding?, chance bits: UInt64 = .max) -> TaskChange {
        var chance = FixedChance(bits: bits)
        return judge.judge(outcome(verdict), on: standing, now: now, using: &chance)
    }

    private static let verdicts: [Verdict] = [
        .started, .succeeded, .failed(TaskFault("x", "y", retryable: true)), .failed(TaskFault("x", "y", retryable: false)),
        .deferred(Deferral(.busy)), .interrupted(reason: "drain"), .seen(Seen(.granted, highest: DispatchNumber(7), leaseLeft: nil)),
        .suspect,
    ]

    @Test("only a queued task with the outcome's own number changes", arguments: verdicts, TaskState.allCases)
    func stale(verdict: Verdict, state: TaskState) {
        #expect((change(verdict, on: standing(state)) == .stale) == (state != .queued))
        #expect(change(verdict, on: standing(state, number: 6)) == .stale)
        #expect(change(verdict, on: standing(state, number: 8)) == .stale)
        #expect(change(verdict, on: standing(state, number: nil)) == .stale)
        #expect(change(verdict, on: nil) == .stale)
    }

    @Test("a started report tells when, and success ends the task")
    func startedAndSucceeded() {
        var chance = FixedChance(bits: 1 << 40)
        let began = Timestamp(microseconds: 5)

        #expect(judge.judge(outcome(.started, startedAt: began), on: standing(), now: now, using: &chance) == .started(at: began))
        #expect(change(.started, on: standing()) == .started(at: now))
        #expect(change(.succeeded, on: standing(attempt: 5)) == .succeeded)
    }

    @Test(
        "a worker's word puts a task off for a day at most, and never into the past",
        arguments: [
            (Duration.seconds(315_576_000_000), Duration.seconds(86_400)), (.seconds(-3600), .zero),
        ]
    )
    func pausesAreBounded(told: Duration, taken: Duration) {
        let fault = TaskFault("device_silent", "no answer", retryable: true, retryAfter: told)
        #expect(change(.failed(fault), on: standing(), chance: 1 << 40) == .retry(dueAt: now + taken, fault, workerLost: false))
        for reason in Deferral.Reason.allCases {
            let isCounted = reason != .handedBack
            #expect(
                change(.deferred(Deferral(reason, retryAfter: told)), on: standing()) == .release(dueAt: now + taken, deferred: isCounted)
            )
        }
        let seen = Seen(.granted, highest: number, leaseLeft: told)
        #expect(change(.seen(seen), on: standing()) == .watch(from: now + taken, sequenceAbove: nil))
    }

    @Test("a retryable failure waits for the backoff of its attempt, at least as long as the device asked")
    func retries() {
        #expect(change(.failed(fault), on: standing(attempt: 1), chance: 1 << 40) == .retry(dueAt: now, fault, workerLost: false))
        for attempt in 1..<5 {
            guard case .retry(let dueAt, fault, workerLost: false) = change(.failed(fault), on: standing(attempt: attempt)) else {
                Issue.record("attempt \(attempt) of 5 is not tried again")
                continue
            }
            #expect(dueAt <= now + standing().backoff.bound(after: attempt))
            #expect(dueAt > now + standing().backoff.bound(after: attempt) - .milliseconds(1))
        }
        let patient = TaskFault("device_silent", "later", retryable: true, retryAfter: .seconds(300))
        #expect(change(.failed(patient), on: standing()) == .retry(dueAt: now + .seconds(300), patient, workerLost: false))
    }

    @Test("a final failure is dead at once; the last attempt is exhausted, or timed out when it did")
    func dead() {
        let final = TaskFault("bad_credentials", "no", retryable: false)
        let late = TaskFault.timedOut(after: .seconds(5))

        #expect(change(.failed(final), on: standing()) == .dead(.final, final))
        #expect(change(.failed(fault), on: standing(attempt: 5)) == .dead(.exhausted, fault))
        #expect(change(.failed(late), on: standing(attempt: 5)) == .dead(.timedOut, late))
        #expect(change(.failed(fault), on: standing(attempt: 1, maxAttempts: 1)) == .dead(.exhausted, fault))
        #expect(change(.failed(fault), on: standing(attempt: 6)) == .dead(.exhausted, fault))
    }

    @Test(
        "a hand-back is due at once and does not count; other deferrals back off up to thirty seconds",
        arguments: Deferral.Reason.allCases
    )
    func deferrals(reason: Deferral.Reason) {
        let named = Deferral(reason, retryAfter: .seconds(3))
        #expect(change(.deferred(named), on: standing(deferrals: 4)) == .release(dueAt: now + .seconds(3), deferred: reason != .handedBack))

        let bounds: [Duration] = reason == .handedBack ? [.zero, .zero, .zero] : [.seconds(1), .seconds(8), .seconds(30)]
        for (deferrals, bound) in zip([0, 3, 50], bounds) {
            #expect(
                change(.deferred(Deferral(reason)), on: standing(deferrals: deferrals))
                    == .release(dueAt: now + bound, deferred: reason != .handedBack)
            )
        }
    }

    @Test("an interrupted attempt is due at once and charges nothing")
    func interrupted() {
        #expect(change(.interrupted(reason: "drain"), on: standing(attempt: 5)) == .release(dueAt: now, deferred: false))
    }

    @Test("seen sets a watch for the lease's end and tells when the key knows a higher number", arguments: Seen.Answer.allCases)
    func seen(answer: Seen.Answer) {
        #expect(
            change(.seen(Seen(answer, highest: number, leaseLeft: .seconds(9))), on: standing())
                == .watch(from: now + .seconds(9), sequenceAbove: nil)
        )
        #expect(
            change(.seen(Seen(answer, highest: DispatchNumber(90), leaseLeft: nil)), on: standing())
                == .watch(from: now, sequenceAbove: DispatchNumber(90))
        )
    }

    @Test("a lost worker is charged, and the third one, or the last attempt, is the task's death")
    func lostWorkers() {
        #expect(change(.suspect, on: standing()) == .retry(dueAt: now, .workerLost, workerLost: true))
        #expect(change(.suspect, on: standing(attempt: 2, workersLost: 1)) == .retry(dueAt: now, .workerLost, workerLost: true))
        #expect(change(.suspect, on: standing(attempt: 3, workersLost: 2)) == .dead(.workerLost, .workerLost))
        #expect(change(.suspect, on: standing(attempt: 5)) == .dead(.workerLost, .workerLost))
        #expect(change(.suspect, on: standing(attempt: 1, maxAttempts: 1)) == .dead(.workerLost, .workerLost))
        #expect(change(.suspect, on: standing(attempt: 2, maxAttempts: 2, workersLost: 1)) == .dead(.workerLost, .workerLost))
    }

    @Test("a rescue waits for a held lease, frees what never ran and charges what did")
    func rescue() {
        #expect(
            judge.rescue(standing(), number: number, answer: .held(for: .seconds(4)), now: now)
                == .watch(from: now + .seconds(4), sequenceAbove: nil)
        )
        #expect(
            judge.rescue(standing(), number: number, answer: .void(wasGranted: false), now: now) == .release(dueAt: now, deferred: false)
        )
        #expect(
            judge.rescue(standing(), number: number, answer: .void(wasGranted: true), now: now)
                == .retry(dueAt: now, .workerLost, workerLost: true)
        )
        #expect(
            judge.rescue(standing(workersLost: 2), number: number, answer: .void(wasGranted: true), now: now)
                == .dead(.workerLost, .workerLost)
        )
        for state in TaskState.allCases where state != .queued {
            #expect(judge.rescue(standing(state), number: number, answer: .void(wasGranted: true), now: now) == .stale)
        }
        #expect(judge.rescue(standing(number: 8), number: number, answer: .void(wasGranted: true), now: now) == .stale)
    }

    @Test("a task that is to end does so with its next report, unless it has succeeded")
    func endings() {
        let ending = Ending(.cancelled, reason: "told to")
        let wanted = standing(ending: ending)
        var chance = Chance(seed: 1)
        let final = TaskFault("bad", "no", retryable: false)
        for verdict in [Verdict.failed(fault), .failed(final), .interrupted(reason: "x"), .deferred(Deferral(.busy)), .suspect] {
            #expect(judge.judge(outcome(verdict), on: wanted, now: now, using: &chance) == .ended(ending))
        }
        #expect(judge.judge(outcome(.succeeded), on: wanted, now: now, using: &chance) == .succeeded)
        #expect(judge.rescue(wanted, number: number, answer: .void(wasGranted: true), now: now) == .ended(ending))
        #expect(judge.rescue(wanted, number: number, answer: .void(wasGranted: false), now: now) == .ended(ending))
        #expect(
            judge.rescue(wanted, number: number, answer: .held(for: .seconds(3)), now: now)
                == .watch(from: now + .seconds(3), sequenceAbove: nil)
        )
    }

    @Test("a task whose deadline has passed goes round no more; a dead one is dead")
    func deadlines() {
        let late = standing(deadline: now)
        let early = standing(deadline: now + .seconds(1))
        var chance = Chance(seed: 1)
        #expect(judge.judge(outcome(.failed(fault)), on: late, now: now, using: &chance) == .ended(.expired(at: now)))
        #expect(judge.judge(outcome(.interrupted(reason: "deadline")), on: late, now: now, using: &chance) == .ended(.expired(at: now)))
        #expect(
            judge.judge(outcome(.interrupted(reason: "drain")), on: early, now: now, using: &chance)
                == .release(dueAt: now, deferred: false)
        )
        let final = TaskFault("bad", "no", retryable: false)
        #expect(judge.judge(outcome(.failed(final)), on: late, now: now, using: &chance) == .dead(.final, final))
    }
}
