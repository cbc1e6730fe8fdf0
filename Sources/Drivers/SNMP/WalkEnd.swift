/// How a walk ended.
///
/// Only a complete walk says anything about rows that are not in it.
package enum WalkEnd: Sendable, Hashable {
    /// The subtree, or the device's view, was left behind. Zero rows: the device has nothing there.
    case complete
    /// Stopped by us (caps, guard, cancellation), or by the device after at least one answer.
    case partial(WalkReason)
    /// The device, or the network before it, gave no answer that could be used at all.
    case refused(WalkReason)

    package var isComplete: Bool { self == .complete }
}

/// Why a walk did not reach the end of its subtree.
package enum WalkReason: Sendable, Hashable {
    /// The device answered with a name that does not lie behind the one before: it would go round for ever.
    case notIncreasing(previous: OID, next: OID)
    case rowCap(Int)
    case byteCap(Int)
    case timeCap(Duration)
    case cancelled
    /// The guard refused before a send.
    case notSent(SendRefusal)
    case timedOut(attempts: Int)
    case unreachable(systemError: Int32, attempts: Int)
    case malformed(attempts: Int)
    /// The device answered with an error status (RFC 3416, section 3).
    case agent(status: Int32)
    /// Version 3: the device refused us, or we its answers.
    case security(SecurityFault)
    /// BER cannot spell this name.
    case badName(OID)
    /// No column was named.
    case noColumns
    /// Not even one row fits into a message.
    case tooBig
    /// Too many requests wait for the device.
    case busy
    case closed
}

/// Rows and end of a walk.
package struct WalkResult: Sendable {
    /// In the order of arrival; empty when a page handler took them.
    package let rows: SNMPRows
    package let end: WalkEnd
    /// Rows accepted, those of a page handler included.
    package let rowCount: Int
    /// Datagrams sent.
    package let requests: Int
    /// Columns that were not asked because the device was found not to have them.
    package let skipped: [OID]
    /// Columns that a complete walk found without any row.
    package let empty: [OID]
}
