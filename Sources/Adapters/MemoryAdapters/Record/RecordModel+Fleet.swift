package import Domain

extension RecordModel {
    /// Takes over what workers said; of each the last message of a kind counts.
    package mutating func note(_ messages: [FleetMessage], now: Timestamp) { fleet.note(messages, now: now) }

    /// Calls workers lost that were not heard since then.
    package mutating func markLost(silentSince: Timestamp) -> [WorkerID] { fleet.markLost(silentSince: silentSince) }

    /// When the live worker that was heard least recently was heard; `nil`: there is none.
    package var oldestBeat: Timestamp? { fleet.oldestBeat }

    /// Adds an OLT; `seal` makes its credentials, bound to the id that it gets.
    package mutating func addOLT(_ entry: OLTEntry, seal: @Sendable (OLTID) throws -> SealedCredentials) throws(RecordError) -> OLT {
        try devices.add(entry, seal: seal)
    }

    /// Changes an OLT's credentials; `nil`: there is no such OLT.
    package mutating func changeCredentials(
        of nameOrID: String,
        version: SNMPVersion,
        seal: @Sendable (OLTID, _ revision: Int) throws -> SealedCredentials
    ) throws(RecordError) -> OLTSummary? {
        try devices.changeCredentials(of: nameOrID, version: version, seal: seal)
    }

    /// Changes an OLT; `nil`: there is no such OLT.
    package mutating func changeOLT(_ nameOrID: String, _ change: OLTChange) throws(RecordError) -> OLTSummary? {
        try devices.change(nameOrID, change)
    }

    /// Forgets an OLT of which no task stands.
    package mutating func removeOLT(_ nameOrID: String) -> OLTRemoval {
        guard let olt = devices.summary(nameOrID)?.olt else { return .unknown }
        let tasks = table.live.filter { $0.admitted.olt == olt.id }
            .sorted { ($0.admitted.createdAt, $0.id) < ($1.admitted.createdAt, $1.id) }
            .map(\.id)
        guard tasks.isEmpty else { return .busy(olt, count: tasks.count, tasks: Array(tasks.prefix(OLTRemoval.tasksNamedMax))) }
        devices.remove(olt.id)
        coordination.forget(olt.id)
        return .removed(olt)
    }

    /// Declares operations of an OLT.
    package mutating func declare(_ operations: [DeclaredOperation], of olt: OLTID) -> Bool { devices.declare(operations, of: olt) }

    /// Takes declarations back; answers those that were there.
    package mutating func undeclare(_ types: [OperationType], of olt: OLTID) -> [OperationType] { devices.undeclare(types, of: olt) }

    /// What is declared of these OLTs, by id.
    package func declarations(of olts: Set<OLTID>) -> [OLTDeclaration] { olts.sorted().compactMap(devices.declaration(of:)) }
}
