/// What remembers OLTs and their ONUs.
package protocol DeviceRecord: Sendable {
    /// Enters an OLT; its credentials are sealed once the id is known, inside the transaction.
    ///
    /// Throws `.conflict` when the name is taken.
    func addOLT(_ entry: OLTEntry, seal: @Sendable (OLTID) throws -> SealedCredentials) async throws(RecordError) -> OLT

    /// Finds by id (all digits) or by name.
    func olt(_ nameOrID: String) async throws(RecordError) -> OLTSummary?

    /// Finds many at once; what is not found is missing.
    func namedOLTs(_ namesOrIDs: Set<String>) async throws(RecordError) -> [String: Admission.NamedOLT]

    func olts(limit: Int, cursor: String?) async throws(RecordError) -> Page<OLTSummary>

    func onus(_ filter: ONUFilter) async throws(RecordError) -> Page<KnownONU>
}

package struct OLTEntry: Hashable, Sendable {
    package let name: String
    package let address: DeviceAddress
    package let version: SNMPVersion
    package let profile: String
    package let limits: DeviceLimits

    package init(name: String, address: DeviceAddress, version: SNMPVersion, profile: String, limits: DeviceLimits) {
        self.name = name
        self.address = address
        self.version = version
        self.profile = profile
        self.limits = limits
    }
}

/// An OLT with what is known of it.
package struct OLTSummary: Hashable, Sendable {
    package let olt: OLT
    package let facts: DeviceFacts?
    /// `nil`: never asked.
    package let reachable: Bool?
    package let lastSeenAt: Timestamp?
    package let onusTotal: Int
    package let onusOnline: Int

    package init(olt: OLT, facts: DeviceFacts?, reachable: Bool?, lastSeenAt: Timestamp?, onusTotal: Int, onusOnline: Int) {
        self.olt = olt
        self.facts = facts
        self.reachable = reachable
        self.lastSeenAt = lastSeenAt
        self.onusTotal = onusTotal
        self.onusOnline = onusOnline
    }
}

package struct ONUFilter: Hashable, Sendable {
    package var olt: OLTID?
    package var runStatus: RunStatus?
    /// Part of serial, MAC, name, description or index.
    package var text: String?
    package var limit = 50
    package var cursor: String?

    package init() {}
}

/// What remembers workers.
package protocol FleetRecord: Sendable {
    func note(_ messages: [FleetMessage], now: Timestamp) async throws(RecordError)

    /// Workers of the last day, newest first.
    func workers(now: Timestamp) async throws(RecordError) -> [KnownWorker]

    /// Marks workers lost whose last beat is older.
    func markLost(silentSince: Timestamp) async throws(RecordError) -> [WorkerID]
}

/// Why the record could not do what was asked.
package enum RecordError: Error, Hashable, Sendable {
    /// No connection, or it broke before the commit: nothing was written. Try again.
    case unavailable(reason: String)
    /// The connection broke during the commit: it may have been written.
    case commitUnknown
    /// Something like it exists.
    case conflict(what: String)
    /// The database refused the statement; trying again does not help.
    case refused(operation: String, message: String)
    /// The schema is older or newer than this program.
    case schema(found: Int, expected: Int)

    /// Whether the same call may work a little later: the database is away, not against it.
    package var mayPass: Bool {
        switch self {
        case .unavailable, .commitUnknown: true
        case .conflict, .refused, .schema: false
        }
    }
}
