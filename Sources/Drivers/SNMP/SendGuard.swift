/// Why a request must not leave the process.
package enum SendRefusal: Sendable, Hashable {
    /// An answer might come after the permission to use the device has ended.
    case leaseNearlyOver
    /// The work was stopped by its owner.
    case stopped
    case other(String)
}

/// Asked right before each datagram is sent, retries included.
///
/// Runs on the SNMP thread and must not wait. Once it refuses, nothing more is sent for the request.
/// The instant is now; a request sent now is given up at most `DeviceLimits.pduLifeMax` later.
package typealias SendGuard = @Sendable (_ now: ContinuousClock.Instant) -> SendRefusal?
