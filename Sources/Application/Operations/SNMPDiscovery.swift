package import Domain

/// `snmp.discovery`: finds the ONUs of an OLT with their cheap columns.
package struct SNMPDiscovery: Operation {
    package let kind = "snmp.discovery"
    private let devices: any DeviceGateway

    package init(devices: any DeviceGateway) {
        self.devices = devices
    }

    package func run(_ task: DispatchedTask, in context: RunContext) async throws(TaskFault) -> Yield {
        try await DeviceVisit(devices: devices, task: task, context: context).run { session, olt throws(DeviceError) in
            let facts = try await session.facts()
            let survey = try await session.discover()
            let device = DeviceResult(
                olt: olt,
                operation: .discovery,
                coverage: survey.coverage,
                observations: survey.observations,
                columns: [.serial, .description, .status],
                facts: facts,
                ports: survey.ports
            )
            return Yield(result: survey.summary, device: device)
        }
    }
}

extension Survey {
    /// The few facts kept with the attempt.
    var summary: Payload {
        var summary: Payload = [
            "onus": .number(Double(observations.count)),
            "online": .number(Double(observations.count { $0.runStatus == .online })),
            "offline": .number(Double(observations.count { $0.runStatus == .offline })),
            "requests": .number(Double(requests)),
        ]
        if !ports.isEmpty {
            summary["ports"] = .number(Double(ports.count))
            summary["counted"] = .number(Double(ports.reduce(0) { $0 + ($1.counted ?? 0) }))
        }
        switch coverage {
        case .complete: summary["coverage"] = "complete"
        case .partial(let reason):
            summary["coverage"] = "partial"
            summary["reason"] = .text(reason)
        }
        return summary
    }
}
