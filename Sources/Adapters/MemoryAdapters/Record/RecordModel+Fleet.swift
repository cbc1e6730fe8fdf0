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
}
