package import Reactor

/// Why a request of a device brought nothing.
package enum SNMPError: Error, Sendable, Hashable {
    /// Not a numeric address.
    case badAddress(String)
    /// No socket, or the library refused; the number is an errno or 0.
    case cannotOpen(String, systemError: Int32)
    /// Each device takes a descriptor, or the setting allows no more.
    case tooManyDevices(open: Int, max: Int)
    /// Another thread of the process uses the library.
    case otherThread
    /// The session is closed or was never open.
    case closed
    /// More requests wait for the device than `DeviceLimits.queueMax`.
    case busy(waiting: Int)
    /// Nothing came back, the retries included.
    case timedOut(attempts: Int)
    /// The network reported that nobody listens there; the number is an errno.
    case unreachable(systemError: Int32, attempts: Int)
    /// Answers came but could not be read, or were not about what was asked.
    case malformed(attempts: Int)
    /// The device answered with an error status (RFC 3416, section 3); `name` is the name it blamed.
    case agent(status: Int32, name: OID?)
    /// BER cannot spell this name.
    case badName(OID)
    /// Not even this name alone fits into a message.
    case tooBig(OID)
    /// Version 3: the device refused us, or we its answers.
    case security(SecurityFault)
    /// What cannot be a user of version 3, and why.
    case badUser(String)
    /// The guard refused before a send.
    case notSent(SendRefusal)
    case cancelled

    package var retry: RetryAdvice {
        switch self {
        case .badAddress, .badName, .badUser, .agent, .tooBig, .notSent, .cancelled: .never
        case .security(let fault): fault.retry
        case .cannotOpen, .tooManyDevices, .busy: .after(.seconds(5))
        case .timedOut, .unreachable, .malformed: .after(.seconds(30))
        case .otherThread, .closed: .rebuild
        }
    }
}
