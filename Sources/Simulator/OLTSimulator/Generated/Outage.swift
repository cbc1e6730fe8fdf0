/// A time in which ONUs are offline for a cause.
package struct Outage: Equatable, Sendable {
    package enum Cause: String, Sendable, CaseIterable {
        /// Their last message was a dying gasp.
        case power
        /// Loss of signal.
        case fibre

        /// Takes the names, and Huawei's numbers: 13 for power, 1 for fibre.
        package init?(_ text: some StringProtocol) {
            switch text {
            case "power", "13": self = .power
            case "fibre", "1": self = .fibre
            default: return nil
            }
        }
    }

    package var cause: Cause
    /// Since the simulator started, as is `ended`.
    package var since: Duration
    package var ended: Duration?

    package init(_ cause: Cause, since: Duration, ended: Duration? = nil) {
        self.cause = cause
        self.since = since
        self.ended = ended
    }
}
