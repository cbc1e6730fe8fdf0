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
