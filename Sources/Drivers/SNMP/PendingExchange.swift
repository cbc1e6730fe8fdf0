/// A request that somebody waits for: a machine, its guard and the way back.
///
/// Lives on the SNMP thread. `resume` is called exactly once, after the machine's end.
protocol PendingExchange: AnyObject {
    var ticket: UInt64 { get }
    var mayStillSend: SendGuard { get }

    func start(now: ContinuousClock.Instant) -> ExchangeEffect
    func answered(_ answer: Answer, now: ContinuousClock.Instant) -> ExchangeEffect
    func failed(_ failure: AttemptFailure, now: ContinuousClock.Instant) -> ExchangeEffect
    func stopped(_ stop: Stop) -> ExchangeEffect
    /// A datagram left.
    func sent()
    var rowsAccepted: Int { get }
    func resume()
}

final class PendingGet: PendingExchange {
    let ticket: UInt64
    let mayStillSend: SendGuard
    private var machine: GetMachine
    private let memory: DeviceMemory
    private let answer: CheckedContinuation<Result<[VarBind], SNMPError>, Never>

    init(
        ticket: UInt64,
        machine: GetMachine,
        memory: DeviceMemory,
        mayStillSend: @escaping SendGuard,
        answer: CheckedContinuation<Result<[VarBind], SNMPError>, Never>
    ) {
        self.ticket = ticket
        self.machine = machine
        self.memory = memory
        self.mayStillSend = mayStillSend
        self.answer = answer
    }

    func start(now: ContinuousClock.Instant) -> ExchangeEffect { machine.start(retries: memory.retries) }
    func failed(_ failure: AttemptFailure, now: ContinuousClock.Instant) -> ExchangeEffect { machine.failed(failure) }
    func stopped(_ stop: Stop) -> ExchangeEffect { machine.stopped(stop) }
    func sent() {}
    var rowsAccepted: Int { 0 }

    func answered(_ answer: Answer, now: ContinuousClock.Instant) -> ExchangeEffect {
        let effect = machine.answered(answer)
        memory.namesPerGet = min(memory.namesPerGet, machine.namesPerGet)
        return effect
    }

    func resume() {
        answer.resume(returning: machine.result ?? .failure(.closed))
    }
}

final class PendingWalk: PendingExchange {
    let ticket: UInt64
    let mayStillSend: SendGuard
    private var machine: WalkMachine
    private let columnClass: ColumnClass
    private let memory: DeviceMemory
    private let takePage: (@Sendable (SNMPRows) -> Void)?
    private let answer: CheckedContinuation<WalkResult, Never>
    private var requests = 0

    init(
        ticket: UInt64,
        machine: WalkMachine,
        columnClass: ColumnClass,
        memory: DeviceMemory,
        mayStillSend: @escaping SendGuard,
        takePage: (@Sendable (SNMPRows) -> Void)?,
        answer: CheckedContinuation<WalkResult, Never>
    ) {
        self.ticket = ticket
        self.machine = machine
        self.columnClass = columnClass
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
        memory.repetitions[columnClass] = machine.learned
        if let takePage, machine.rowCount > before { takePage(machine.takeRows()) }
        return effect
    }

    func resume() {
        let rowCount = machine.rowCount
        answer.resume(
            returning: WalkResult(
                rows: machine.takeRows(),
                end: machine.end ?? .refused(.closed),
                rowCount: rowCount,
                requests: requests
            )
        )
    }
}
