/// A walk that somebody waits for.
final class PendingWalk: PendingExchange {
    let ticket: UInt64
    let mayStillSend: SendGuard
    private var machine: WalkMachine
    private let options: WalkOptions
    private let skipped: [OID]
    private let clock = ContinuousClock()
    private let memory: DeviceMemory
    private let takePage: (@Sendable (SNMPRows) -> Void)?
    private let answer: CheckedContinuation<WalkResult, Never>
    private var requests = 0

    init(
        ticket: UInt64,
        machine: WalkMachine,
        options: WalkOptions,
        skipped: [OID],
        memory: DeviceMemory,
        mayStillSend: @escaping SendGuard,
        takePage: (@Sendable (SNMPRows) -> Void)?,
        answer: CheckedContinuation<WalkResult, Never>
    ) {
        self.ticket = ticket
        self.machine = machine
        self.options = options
        self.skipped = skipped
        self.memory = memory
        self.mayStillSend = mayStillSend
        self.takePage = takePage
        self.answer = answer
    }

    func start(now: ContinuousClock.Instant) -> ExchangeEffect { machine.start(now: now, retries: memory.retries) }
    func failed(_ failure: AttemptFailure, now: ContinuousClock.Instant) -> ExchangeEffect { machine.failed(failure, now: now) }
    func stopped(_ stop: Stop) -> ExchangeEffect { machine.stopped(stop) }
    func sent() { requests += 1 }
    var rowsAccepted: Int { machine.rowCount }

    func answered(_ answer: Answer, now: ContinuousClock.Instant) -> ExchangeEffect {
        let before = machine.rowCount
        let effect = machine.answered(answer, now: now)
        memory.repetitions[options.columnClass] = machine.learned
        if let takePage, machine.rowCount > before { takePage(machine.takeRows()) }
        return effect
    }

    func resume() {
        let rowCount = machine.rowCount
        let empty = machine.empty
        if options.missing != .ask {
            for column in machine.present { memory.missing.forget(column) }
            for column in empty { memory.missing.note(column, now: clock.now) }
        }
        answer.resume(
            returning: WalkResult(
                rows: machine.takeRows(),
                end: machine.end ?? .refused(.closed),
                rowCount: rowCount,
                requests: requests,
                skipped: skipped,
                empty: empty
            )
        )
    }
}
