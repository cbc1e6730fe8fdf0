/// A GET that somebody waits for.
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
        memory.told(answer.rows)
        memory.namesPerGet = min(memory.namesPerGet, machine.namesPerGet)
        return effect
    }

    func resume() {
        answer.resume(returning: machine.result ?? .failure(.closed))
    }
}
