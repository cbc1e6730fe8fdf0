import Domain
import MemoryAdapters

/// A worker, stepped: deliveries, slots, leases, orders.
///
/// What it may do is the word of the domain's machines: ready list, run keeper, lease keeper, cancelled book.
final class SimWorker: SimProcess {
    /// What it does with a delivery that it holds.
    enum Hand { case waiting, running, finishing }

    private(set) var id = WorkerID("nobody")
    private var ready = ReadyList(slots: [:])
    private var hands: [RunToken: (attempt: SimAttempt, hand: Hand)] = [:]
    private var cancelled = CancelledBook()
    private var connections = 0
    private var arrivals = 0
    private var isDraining = false
    private var isQuiet = false
    var outbox: [SimReport] = []
    var messagesUnderWay = 0

    var settings: SimSettings { world.settings }

    // MARK: Life

    override func begin() {
        id = WorkerID("\(name).\(life)")
        ready = ReadyList(slots: settings.slots, handBackAfter: settings.handBackAfter)
        hands = [:]
        cancelled = CancelledBook()
        (connections, arrivals) = (0, 0)
        (isDraining, isQuiet) = (false, false)
        outbox = []
        messagesUnderWay = 0
        every(settings.watchEvery) { [weak self] in self?.watch() }
        every(settings.beatEvery) { [weak self] in self?.beat() }
    }

    override func join() -> BrokerModel.ClientID {
        let client = world.broker.join(worker: id)
        return client
    }

    override func connected() {
        forgetConnection()
        tell(.registration(registration))
        consume()
    }

    override func disconnected() { forgetConnection() }

    /// Unstarted deliveries of the lost connection are the broker's again.
    private func forgetConnection() {
        connections += 1
        _ = ready.handAllBack()
        hands = hands.filter { $0.value.hand != .waiting }
    }

    private func consume() {
        guard let client = link.client else { return }
        for lane in Lane.all {
            let slots = settings.slots[lane.taskClass, default: 0]
            guard slots > 0, !isQuiet, !isDraining else { continue }
            world.broker.want(QueueName.lane(lane), prefetch: slots * 2, by: client)
        }
        world.pump()
    }

    // MARK: Deliveries

    override func delivered(_ deliveries: [BrokerModel.Delivery]) {
        for delivery in deliveries {
            guard case .task(let task) = delivery.cargo, let lane = Lane.all.first(where: { QueueName.lane($0) == delivery.queue }) else {
                continue
            }
            arrivals += 1
            let attempt = SimAttempt(
                place: arrivals,
                run: RunToken(using: &chance),
                delivery: WorkDelivery(handle: delivery.handle, lane: lane, task: task, redeliveries: delivery.redeliveries),
                connection: connections,
                now: now
            )
            world.write("\(name) receives \(task.number) of \(task.id)")
            if world.defect == .acknowledgedOnArrival { settle([delivery.handle], .acknowledge) }
            if isDraining || isQuiet || cancelled.reason(for: task.id, task.number, at: now) != nil {
                hands[attempt.run] = (attempt, .finishing)
                handBack(attempt, .handedBack)
            } else if task.exclusionKey == nil, delivery.redeliveries >= settings.suspectAfter, world.defect != .lostRunsAreFree {
                hands[attempt.run] = (attempt, .finishing)
                world.journal.saw(.suspects)
                report(attempt, .suspect)
            } else {
                hands[attempt.run] = (attempt, .waiting)
                ready.arrived(attempt.run, on: lane, at: now)
            }
        }
        startWhatMay()
    }

    private func startWhatMay() {
        while !isDraining, let next = ready.startNext(), let attempt = hands[next.run]?.attempt {
            noteStart(of: attempt)
            hands[next.run]?.hand = .running
            begin(attempt)
        }
    }

    /// Strict priority has one guard: every 16th start takes what waited longest.
    private func noteStart(of started: SimAttempt) {
        for (attempt, hand) in sorted where hand == .waiting && attempt.delivery.lane.taskClass == started.delivery.lane.taskClass {
            guard attempt !== started else { continue }
            attempt.startsMeanwhile += 1
            if attempt.delivery.lane.priority < started.delivery.lane.priority { attempt.overtaken += 1 }
            if attempt.overtaken > 1 + attempt.startsMeanwhile / ReadyList.fairnessInterval {
                world.violated(.i14, "\(attempt.task.number) was overtaken \(attempt.overtaken) times at \(name)")
            }
        }
    }

    /// Whether it has nothing in hand, and nothing to tell.
    var isIdle: Bool { !isAlive || hands.isEmpty && outbox.isEmpty && messagesUnderWay == 0 }

    /// In order of arrival, so that nothing depends on the order of a dictionary.
    private var sorted: [(attempt: SimAttempt, hand: Hand)] { hands.values.sorted { $0.attempt.place < $1.attempt.place } }

    func hand(of attempt: SimAttempt) -> Hand? { hands[attempt.run]?.hand }

    /// Whether the delivery can still be settled.
    func canSettle(_ attempt: SimAttempt) -> Bool { attempt.connection == connections && link.isUp }

    func done(_ attempt: SimAttempt) { hands[attempt.run] = nil }

    /// The run is over: its slot is free, its outcome leaves.
    func ended(_ attempt: SimAttempt, _ verdict: Verdict) {
        guard !attempt.isOver, hands[attempt.run]?.hand == .running else { return }
        attempt.isOver = true
        attempt.keeper.finished(at: now)
        if let key = attempt.task.exclusionKey, world.holder(of: key)?.run == attempt.run { attempt.endedInOrder = world.now }
        hands[attempt.run]?.hand = .finishing
        ready.ended(in: attempt.delivery.lane.taskClass)
        report(attempt, verdict)
        startWhatMay()
    }

    // MARK: Looking after what is in hand

    private func watch() {
        for item in ready.overdue(at: now) { leave(item.run, .handedBack) }
        for (attempt, hand) in sorted where hand != .waiting {
            guard hand == .running || attempt.task.exclusionKey != nil else { continue }
            for chore in attempt.keeper.tick(now: now, startedAfter: settings.startedAfter, hold: settings.hold) {
                switch chore {
                case .reportStarted: report(attempt, .started)
                case .renew: if world.defect != .neverRenewed { renew(attempt) }
                case .stop: stop(attempt)
                }
            }
        }
        flush()
    }

    private func leave(_ run: RunToken, _ reason: Deferral.Reason) {
        guard let attempt = hands[run]?.attempt else { return }
        hands[run]?.hand = .finishing
        handBack(attempt, reason)
    }

    private func renew(_ attempt: SimAttempt) {
        guard let key = attempt.task.exclusionKey else { return }
        let (number, run, span) = (attempt.task.number, attempt.run, settings.lease.span)
        askRedis(
            { $0.renew(key, number, run: run, span: span, now: $1) },
            then: { [weak self] answer in
                guard let self else { return }
                if attempt.keeper.renewed(answer, now: now) { stop(attempt) }
            }
        )
    }

    /// It was cut off: the work ends at once.
    private func stop(_ attempt: SimAttempt) {
        guard world.defect != .noSendGuard else { return }
        world.journal.saw(attempt.keeper.cut == .leaseLost ? .leaseLost : .cutOff)
        ended(attempt, attempt.keeper.verdict(of: DeviceError.stopped(reason: "cut off").fault))
    }

    private func handBack(_ attempt: SimAttempt, _ reason: Deferral.Reason) {
        world.journal.saw(.handedBack)
        guard let key = attempt.task.exclusionKey else { return report(attempt, .deferred(Deferral(reason))) }
        let number = attempt.task.number
        askRedis(
            { $0.hand(key, number, now: $1) },
            then: { [weak self] answer in
                switch answer {
                case .deferred: self?.report(attempt, .deferred(Deferral(reason)))
                case .seen(let seen): self?.report(attempt, .seen(seen))
                case nil: self?.report(attempt, .deferred(Deferral(.leaseStoreSilent)))
                }
            }
        )
    }

    // MARK: Beats

    private func tell(_ message: FleetMessage) { publish(.word(message), to: QueueName.fleet) { _ in } }

    private var numbers: [DispatchNumber] { hands.values.map(\.attempt.task.number).sorted() }

    private var registration: WorkerRegistration {
        WorkerRegistration(
            id: id,
            hostname: name,
            pid: Int32(life),
            version: "1",
            startedAt: wall,
            labels: [:],
            slots: settings.slots,
            kinds: ["noop"],
            connection: connections,
            numbersInHand: numbers
        )
    }

    private func beat() {
        let running = sorted.filter { $0.hand == .running }.map(\.attempt).map { attempt in
            RunningAttempt(
                task: attempt.task.id,
                number: attempt.task.number,
                kind: attempt.task.kind,
                since: attempt.startedAt ?? wall,
                progress: RunProgress()
            )
        }
        tell(
            .heartbeat(
                Heartbeat(
                    worker: id,
                    sentAt: wall,
                    status: isDraining ? .draining : isQuiet ? .quiet : .healthy,
                    running: running,
                    slotsUsed: ready.usedSlots,
                    queuedTasks: 0,
                    tasksCompleted: 0,
                    tasksFailed: 0,
                    averageRunMs: 0,
                    numbersInHand: numbers
                )
            )
        )
    }

    // MARK: Orders

    override func ordered(_ order: ControlOrder) {
        guard case .cancel(let runs) = order else { return }
        cancelled.add(runs, at: now)
        for (attempt, hand) in sorted {
            guard let reason = cancelled.reason(for: attempt.task.id, attempt.task.number, at: now) else { continue }
            switch hand {
            case .waiting:
                _ = ready.remove([attempt.run])
                leave(attempt.run, .handedBack)
            case .running:
                guard world.defect != .runsAreNotCancelled else { continue }
                world.journal.saw(.cancelled)
                if attempt.keeper.cutOff(.cancelled(reason: reason)) { stop(attempt) }
            case .finishing: break
            }
        }
    }

    func beQuiet(_ isQuiet: Bool) {
        self.isQuiet = isQuiet
        if isQuiet {
            if let client = link.client { world.broker.stopConsuming(by: client) }
            for item in ready.handAllBack() { leave(item.run, .handedBack) }
        } else {
            consume()
        }
    }

    /// Hands back what has not started, lets the rest end for a while, cuts it off, gives everything back, and ends; another takes its place.
    func drain() {
        guard isAlive, !isDraining else { return }
        world.write("\(name) drains")
        isDraining = true
        if let client = link.client { world.broker.stopConsuming(by: client) }
        for item in ready.handAllBack() { leave(item.run, .handedBack) }
        after(.seconds(4)) { [weak self] in
            guard let self else { return }
            for (attempt, hand) in sorted where hand == .running {
                if attempt.keeper.cutOff(.drained) { stop(attempt) }
            }
        }
        after(.seconds(12)) { [weak self] in
            guard let self else { return }
            end()
            world.schedule(after: .seconds(3)) { [weak self] in self?.start() }
        }
    }
}
