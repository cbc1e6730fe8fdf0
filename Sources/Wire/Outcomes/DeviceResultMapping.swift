internal import Domain
internal import SwiftProtobuf

extension Flotilla_V1_DeviceResult {
    init(_ result: DeviceResult) {
        self.init()
        olt = result.olt.value
        operation = result.operation.rawValue
        switch result.coverage {
        case .complete: coverage.complete = true
        case .partial(let reason): coverage.reason = reason
        }
        observations = result.observations.map(Flotilla_V1_ONUObservation.init(_:))
        columns = result.columns.map(\.rawValue)
        if let facts = result.facts { self.facts = Flotilla_V1_DeviceFacts(facts) }
        ports = result.ports.map(Flotilla_V1_PortCount.init(_:))
    }
}

extension DeviceResult {
    /// Columns of a later version are left out.
    init(_ message: Flotilla_V1_DeviceResult) throws(WireFault) {
        let operations = Operation.allCases.map(\.rawValue).joined(separator: ", ")
        self.init(
            olt: OLTID(message.olt),
            operation: try Own.word(message.operation, "device.operation", operations, Operation.init(rawValue:)),
            coverage: message.coverage.complete ? .complete : .partial(reason: message.coverage.reason),
            observations: message.observations.map(ONUObservation.init(_:)),
            columns: message.columns.compactMap(ONUColumn.init(rawValue:)),
            facts: message.hasFacts ? DeviceFacts(message.facts) : nil,
            ports: message.ports.map(PortCount.init(_:))
        )
    }
}

extension Flotilla_V1_DeviceFacts {
    init(_ facts: DeviceFacts) {
        self.init()
        if let value = facts.sysObjectID { sysObjectID = value }
        if let value = facts.sysDescription { sysDescription = value }
        if let value = facts.sysName { sysName = value }
        if let value = facts.upTimeTicks { upTimeTicks = value }
        if let value = facts.profile { profile = value }
        if let value = facts.vendor { vendor = value }
    }
}

extension DeviceFacts {
    init(_ message: Flotilla_V1_DeviceFacts) {
        self.init(
            sysObjectID: message.hasSysObjectID ? message.sysObjectID : nil,
            sysDescription: message.hasSysDescription ? message.sysDescription : nil,
            sysName: message.hasSysName ? message.sysName : nil,
            upTimeTicks: message.hasUpTimeTicks ? message.upTimeTicks : nil,
            profile: message.hasProfile ? message.profile : nil,
            vendor: message.hasVendor ? message.vendor : nil
        )
    }
}

extension Flotilla_V1_PortCount {
    init(_ count: PortCount) {
        self.init()
        port = count.port
        if let value = count.counted { counted = Int32(clamping: value) }
        seen = Int32(clamping: count.seen)
    }
}

extension PortCount {
    init(_ message: Flotilla_V1_PortCount) {
        self.init(port: message.port, counted: message.hasCounted ? Int(message.counted) : nil, seen: Int(message.seen))
    }
}
