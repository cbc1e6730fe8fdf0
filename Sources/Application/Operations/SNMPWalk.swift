package import Domain

/// `snmp.walk`: reads any subtree of an OLT, within bounds; its rows are the attempt's result.
package struct SNMPWalk: Operation {
    /// Rows unless the payload says otherwise.
    private static let rowsMax = 500
    /// What a result may weigh is 64 KiB, and this leaves room for the rest of it.
    private static let bytesMax = 60 * 1024
    /// What a row weighs beside its texts.
    private static let rowBytes = 64

    package let kind = "snmp.walk"
    private let devices: any DeviceGateway

    package init(devices: any DeviceGateway) {
        self.devices = devices
    }

    package func run(_ task: DispatchedTask, in context: RunContext) async throws(TaskFault) -> Yield {
        guard let subtree = task.payload["subtree"]?.text else {
            throw TaskFault("invalid_payload", "payload.subtree is missing; allowed: an object identifier", retryable: false)
        }
        let bounds = WalkBounds(
            rowsMax: task.payload["rowsMax"]?.whole ?? Self.rowsMax,
            bytesMax: Self.bytesMax,
            timeMax: .seconds(task.payload["secondsMax"]?.whole ?? 300)
        )
        return try await DeviceVisit(devices: devices, task: task, context: context).run { session, _ throws(DeviceError) in
            Yield(result: try await session.walk(subtree, bounds).cut(at: Self.bytesMax, rowBytes: Self.rowBytes).result)
        }
    }
}

extension RawWalk {
    /// As many rows as a result may hold.
    fileprivate func cut(at bytesMax: Int, rowBytes: Int) -> RawWalk {
        var left = bytesMax
        let kept = rows.prefix { row in
            left -= rowBytes + row.oid.utf8.count + row.type.utf8.count + row.value.utf8.count
            return left >= 0
        }
        guard kept.count < rows.count else { return self }
        let reason = "a result holds no more than \(kept.count) of the \(rows.count) rows: ask for a smaller subtree"
        return RawWalk(rows: Array(kept), coverage: .partial(reason: reason), requests: requests)
    }

    /// The rows with how complete they are.
    fileprivate var result: Payload {
        var result: Payload = [
            "count": .number(Double(rows.count)), "requests": .number(Double(requests)), "coverage": "complete",
            "rows": .list(rows.map { .object(["oid": .text($0.oid), "type": .text($0.type), "value": .text($0.value)]) }),
        ]
        if case .partial(let reason) = coverage {
            result["coverage"] = "partial"
            result["reason"] = .text(reason)
        }
        return result
    }
}
