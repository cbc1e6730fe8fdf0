/// Something done to a generated device while it runs.
package enum SiteChange: Equatable, Sendable {
    case portDown(PortName, Outage.Cause)
    case unitDown(PortName, id: UInt32, Outage.Cause)
    case remove(PortName, id: UInt32)
    /// Without an id, the lowest that is free.
    case move(PortName, id: UInt32, to: PortName, as: UInt32?)
    /// Everything, one port, or one ONU, by the place it was made for.
    case restore(PortName?, id: UInt32?)

    /// Whether rows come or go.
    var movesRows: Bool {
        switch self {
        case .portDown, .unitDown: false
        case .remove, .move, .restore: true
        }
    }
}

extension GeneratedSite {
    mutating func apply(_ change: SiteChange, at now: Duration) throws(SiteError) {
        switch change {
        case .portDown(let port, let cause): try portDown(port, cause, at: now)
        case .unitDown(let port, let id, let cause): try unitDown(port, id: id, cause, at: now)
        case .remove(let port, let id): try remove(port, id: id)
        case .move(let port, let id, let target, let wanted): try move(port, id: id, to: target, as: wanted)
        case .restore(let port, let id): try restore(port, id: id, at: now)
        }
    }
}

/// One ONU of a generated device as it is now.
package struct UnitReport: Equatable, Sendable {
    package let port: PortName
    package let id: UInt32
    /// As the vendor indexes it.
    package let index: ObjectName
    package let serial: String
    package let isOnline: Bool
    package let lastDownCause: Outage.Cause?
}
