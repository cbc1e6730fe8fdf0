/// Why a lease store does not start.
package enum LeaseServerFault: Error, Hashable, Sendable {
    /// The server would forget leases; says what to change.
    case unsuitable(reason: String)
    case unreachable(reason: String)
}
