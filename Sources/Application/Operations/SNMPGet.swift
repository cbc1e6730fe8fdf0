package import Domain

/// `snmp.get`: reads columns of all ONUs of an OLT, or of some.
package struct SNMPGet: Operation {
    package let kind = "snmp.get"
    private let devices: any DeviceGateway

    package init(devices: any DeviceGateway) {
        self.devices = devices
    }

    package func run(_ task: DispatchedTask, in context: RunContext) async throws(TaskFault) -> Yield {
        let columns = (task.payload["columns"]?.list ?? []).compactMap { $0.text.flatMap(ONUColumn.init(rawValue:)) }
        guard !columns.isEmpty else {
            throw TaskFault("invalid_payload", "payload.columns names nothing to read; allowed: \(ONUColumn.allowed)", retryable: false)
        }
        let indexes = task.payload["onus"]?.list?.compactMap(\.text)
        return try await DeviceVisit(devices: devices, task: task, context: context).run { session, olt throws(DeviceError) in
            let survey = try await session.read(columns, of: indexes)
            let device = DeviceResult(
                olt: olt,
                operation: .get,
                coverage: survey.coverage,
                observations: survey.observations,
                columns: columns
            )
            return Yield(result: survey.summary, device: device)
        }
    }
}
