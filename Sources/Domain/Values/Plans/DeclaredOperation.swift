/// One operation that an operator declared for an OLT.
package struct DeclaredOperation: Hashable, Sendable {
    package let type: OperationType
    package let isEnabled: Bool
    package let cadence: Cadence
    /// How long one attempt may take; `nil`: as long as the kind allows.
    package let timeout: Duration?

    package init(_ type: OperationType, isEnabled: Bool = true, cadence: Cadence, timeout: Duration? = nil) {
        self.type = type
        self.isEnabled = isEnabled
        self.cadence = cadence
        self.timeout = timeout
    }
}

/// How often an operation is due.
package enum Cadence: Hashable, Sendable {
    /// So many times in each period, evenly spread: a quota.
    ///
    /// A period is an hour unless it is set otherwise.
    case perPeriod(Int)
    /// Each time so much has passed, counted from 1970 UTC plus the phase of OLT and operation.
    case every(Duration)

    /// 1 to 3,600 times in a period.
    package static let timesAllowed = 1...3600
    /// 1 s to 30 days.
    package static let everyAllowed: ClosedRange<Duration> = .seconds(1) ... .seconds(30 * 86_400)

    package var isAllowed: Bool {
        switch self {
        case .perPeriod(let times): Self.timesAllowed.contains(times)
        case .every(let span): Self.everyAllowed.contains(span)
        }
    }
}

/// All that an operator declared of one OLT, as far as its plan depends on it.
package struct OLTDeclaration: Hashable, Sendable {
    package let olt: OLTID
    package let isEnabled: Bool
    /// By rank, each type once.
    package let operations: [DeclaredOperation]

    package init(_ olt: OLTID, isEnabled: Bool, operations: [DeclaredOperation]) {
        self.olt = olt
        self.isEnabled = isEnabled
        self.operations = operations.sorted { $0.type < $1.type }
    }

    package func operation(_ type: OperationType) -> DeclaredOperation? { operations.first { $0.type == type } }
}
