package import Domain

/// `snmp.probe`: asks an OLT who it is and since when it runs; the one kind without a lease.
package struct SNMPProbe: Operation {
    package let kind = "snmp.probe"
    private let devices: any DeviceGateway

    package init(devices: any DeviceGateway) {
        self.devices = devices
    }

    package func run(_ task: DispatchedTask, in context: RunContext) async throws(TaskFault) -> Yield {
        try await DeviceVisit(devices: devices, task: task, context: context).run { session, olt throws(DeviceError) in
            let identity = try await session.identify()
            let facts = identity.facts
            let device = DeviceResult(olt: olt, operation: .probe, coverage: .complete, observations: [], columns: [], facts: facts)
            return Yield(result: identity.summary, device: device)
        }
    }
}

extension DeviceIdentity {
    /// The facts, and what each profile's trial said.
    fileprivate var summary: Payload {
        var summary = facts.summary
        summary["trials"] = .list(
            trials.map { .object(["profile": .text($0.profile), "proposed": .bool($0.isProposed), "answered": .bool($0.answered)]) }
        )
        return summary
    }
}

extension DeviceFacts {
    /// The facts as an attempt's result; what the device did not tell is `null`.
    var summary: Payload {
        [
            "sysObjectID": sysObjectID.map(JSONValue.text) ?? .null,
            "sysDescr": sysDescription.map(JSONValue.text) ?? .null,
            "sysName": sysName.map(JSONValue.text) ?? .null,
            "upTimeTicks": upTimeTicks.map { .number(Double($0)) } ?? .null,
            "profile": profile.map(JSONValue.text) ?? .null,
            "vendor": vendor.map(JSONValue.text) ?? .null,
        ]
    }
}
