/// What a simulated device does wrong; by default, nothing.
package struct Faults: Equatable, Sendable {
    /// Time charged for each binding below a name.
    package struct Slow: Equatable, Sendable {
        package var prefix: ObjectName
        package var each: Duration
    }

    /// A restart: from `after` on, the device is silent for `away` and then counts its up-time from zero.
    package struct Reboot: Equatable, Sendable {
        package var after: Duration
        package var away: Duration
    }

    /// A share of the answers comes later than their turn.
    package struct Late: Equatable, Sendable {
        package var share: Double
        package var by: Duration
    }

    /// PON ports of a generated device whose ONUs are all offline.
    package var portsDown: [PortName: Outage.Cause] = [:]
    package var slow: [Slow] = []
    /// Time that every request takes; the next one waits.
    package var delay: Duration = .zero
    /// Shares are 0…1.
    package var loss: Double = 0
    package var duplicate: Double = 0
    package var late: Late?
    package var isSilent = false
    package var garbage: Double = 0
    package var truncated: Double = 0
    package var wrongID: Double = 0
    package var wrongSource: Double = 0
    /// Answers that come from another port of the right address.
    package var wrongPort: Double = 0
    package var isNotIncreasing = false
    /// A walk goes back to its first row after so many.
    package var loopAfter: Int?
    /// A table that always has one more row.
    package var endless: ObjectName?
    /// Texts below 1.3.6.1.4.1 that hold what a careless reader trips over.
    package var hostile: Double = 0
    /// Texts below 1.3.6.1.4.1 of 60,000 octets, in answers that may be as large as a datagram.
    package var huge: Double = 0
    /// A walk ends as if at the end of the MIB after so many rows.
    package var stopAfter: Int?
    /// Answers above so many octets become tooBig.
    package var tooBigOver: Int?
    /// Answers above so many octets are not sent.
    package var dropOver: Int?
    /// Most repetitions of a GETBULK that are answered.
    package var fewerRows: Int?
    /// Least time of a request in a device that drops what comes meanwhile.
    package var overload: Duration?
    package var reboot: Reboot?

    package init() {}

    var spoilsText: Bool { hostile > 0 || huge > 0 }

    /// Whether a walk's rows must be counted.
    var countsRows: Bool { stopAfter != nil || loopAfter != nil }
}
