package import Domain
package import SNMP

extension Echo {
    /// A walk ended early: with a request behind it, after an answer, or before anything was sent.
    ///
    /// A retry that was not sent had a request before it that nobody answered.
    package func ended(_ reason: WalkReason, at now: Instant) {
        switch reason {
        case .timedOut, .timeCap, .cancelled, .notSent: silent(at: now)
        case .notIncreasing, .rowCap, .byteCap, .unreachable, .malformed, .agent, .security, .tooBig: answered()
        case .badName, .noColumns, .busy, .closed: break
        }
    }

    /// The same for a get.
    package func ended(_ error: SNMPError, at now: Instant) {
        switch error {
        case .timedOut, .cancelled, .notSent: silent(at: now)
        case .unreachable, .malformed, .agent, .security, .tooBig: answered()
        case .badAddress, .badName, .badUser, .cannotOpen, .tooManyDevices, .otherThread, .closed, .busy: break
        }
    }
}
