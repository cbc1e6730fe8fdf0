package import Domain

extension ControlDesk {
    /// Enters an OLT with its credentials sealed.
    /// - Throws: `.conflict` when the name or the address is taken.
    package func addOLT(_ entry: OLTEntry, credentials: Credentials, by actor: AuditActor) async throws(RecordError) -> OLT {
        try await audit(
            "olt.add",
            of: entry.name,
            by: actor,
            detail: [
                "address": .text(entry.address.description), "profile": .text(entry.profile), "enabled": .bool(entry.isEnabled),
                "operations": .list(entry.operations.map { .text($0.type.word) }),
            ]
        )
        return try await parts.devices.addOLT(entry) { [seal = parts.seal] id in try seal.seal(credentials, for: id, revision: 1) }
    }

    /// Changes an OLT; the audit says what, and to what.
    ///
    /// `nil`: there is no such OLT.
    package func changeOLT(
        _ nameOrID: String,
        _ change: OLTChange,
        by actor: AuditActor
    ) async throws(RecordError) -> OLTSummary? {
        guard let known = try await olt(nameOrID)?.olt else { return nil }
        var detail = change.detail
        detail["olt"] = .text(known.name)
        try await audit("olt.change", of: known.id.description, by: actor, detail: detail)
        return try await parts.devices.changeOLT("\(known.id.value)", change, now: parts.time.wall())
    }

    /// Forgets an OLT of which no task stands.
    package func removeOLT(_ nameOrID: String, by actor: AuditActor) async throws(RecordError) -> OLTRemoval {
        guard let known = try await olt(nameOrID)?.olt else { return .unknown }
        try await audit(
            "olt.remove",
            of: known.id.description,
            by: actor,
            detail: ["olt": .text(known.name), "address": .text(known.address.description)]
        )
        return try await parts.devices.removeOLT("\(known.id.value)")
    }

    /// Declares an operation of an OLT.
    /// - Returns: whether there is such an OLT.
    package func declare(_ operation: DeclaredOperation, of olt: OLT, by actor: AuditActor) async throws(RecordError) -> Bool {
        try await audit(
            "olt.declare",
            of: olt.id.description,
            by: actor,
            detail: ["olt": .text(olt.name), "operation": .text(operation.words)]
        )
        return try await parts.devices.declare([operation], of: olt.id, now: parts.time.wall())
    }

    /// Takes the declaration of an operation back.
    /// - Returns: whether it was declared.
    package func undeclare(_ type: OperationType, of olt: OLT, by actor: AuditActor) async throws(RecordError) -> Bool {
        let detail: Payload = ["olt": .text(olt.name), "operation": .text(type.word)]
        try await audit("olt.undeclare", of: olt.id.description, by: actor, detail: detail)
        return try await !parts.devices.undeclare([type], of: olt.id).isEmpty
    }

    /// What is declared of these OLTs, by rank; OLTs without an operation are missing.
    package func operations(of olts: [OLTID]) async throws(RecordError) -> [OLTID: [DeclaredOperation]] {
        try await parts.devices.operations(of: olts)
    }
}

extension OLTChange {
    /// What is changed, for the audit.
    fileprivate var detail: Payload {
        var detail: Payload = [:]
        if let name { detail["name"] = .text(name) }
        if let host { detail["address"] = .text(host) }
        if let port { detail["port"] = .number(Double(port)) }
        if let profile { detail["profile"] = .text(profile) }
        if let isEnabled { detail["enabled"] = .bool(isEnabled) }
        if let pdusPerSecond { detail["pdusPerSecond"] = .number(Double(pdusPerSecond)) }
        if let repetitionsMax { detail["repetitionsMax"] = .number(Double(repetitionsMax)) }
        if let attempts { detail["attempts"] = .number(Double(attempts)) }
        if let quietGap { detail["quietGapMs"] = quietGap.map { .number(Double($0.milliseconds)) } ?? .null }
        if !labels.isEmpty { detail["labels"] = .object(labels.mapValues { $0.map(JSONValue.text) ?? .null }) }
        return detail
    }
}
