/// What remembers OLTs.
package protocol DeviceRecord: Sendable {
    /// Enters an OLT; its credentials are sealed once the id is known, inside the transaction.
    ///
    /// Throws `.conflict` when the name or the address is taken.
    func addOLT(_ entry: OLTEntry, seal: @Sendable (OLTID) throws -> SealedCredentials) async throws(RecordError) -> OLT

    /// Changes version and credentials of an OLT; they are sealed for the revision after the one they replace.
    ///
    /// What was dispatched before goes on with the old ones. `nil`: there is no such OLT.
    func changeCredentials(
        of nameOrID: String,
        version: SNMPVersion,
        seal: @Sendable (OLTID, _ revision: Int) throws -> SealedCredentials
    ) async throws(RecordError) -> OLTSummary?

    /// Finds by id (all digits) or by name.
    func olt(_ nameOrID: String) async throws(RecordError) -> OLTSummary?

    /// Finds many at once; what is not found is missing.
    func namedOLTs(_ namesOrIDs: Set<String>) async throws(RecordError) -> [String: Admission.NamedOLT]

    /// By name.
    func olts(_ filter: OLTFilter) async throws(RecordError) -> Page<OLTSummary>

    /// Changes an OLT; what was dispatched before goes on as it was.
    ///
    /// `nil`: there is no such OLT. Throws `.conflict` when the name or the address is taken.
    func changeOLT(_ nameOrID: String, _ change: OLTChange, now: Timestamp) async throws(RecordError) -> OLTSummary?

    /// Forgets an OLT of which no task stands.
    func removeOLT(_ nameOrID: String) async throws(RecordError) -> OLTRemoval

    /// Declares operations, each instead of the one of its type.
    /// - Returns: whether there is such an OLT.
    @discardableResult
    func declare(_ operations: [DeclaredOperation], of olt: OLTID, now: Timestamp) async throws(RecordError) -> Bool

    /// Takes declarations back.
    /// - Returns: the types that were declared.
    @discardableResult
    func undeclare(_ types: [OperationType], of olt: OLTID) async throws(RecordError) -> [OperationType]

    /// What is declared of these OLTs, by rank; OLTs without an operation are missing.
    func operations(of olts: [OLTID]) async throws(RecordError) -> [OLTID: [DeclaredOperation]]

    /// The declarations of these OLTs, by id; unknown ones are missing.
    func declarations(of olts: Set<OLTID>) async throws(RecordError) -> [OLTDeclaration]

    /// Everybody's declarations, by id.
    func allDeclarations(after olt: OLTID?, limit: Int) async throws(RecordError) -> [OLTDeclarationText]
}

/// What remembers ONUs: as they are, what happened to them, and what was measured.
package protocol ONURecord: Sendable {
    /// By OLT and index.
    func onus(_ filter: ONUFilter) async throws(RecordError) -> Page<KnownONU>

    /// `nil`: no such ONU was ever seen.
    func onu(_ olt: OLTID, _ index: String) async throws(RecordError) -> KnownONU?

    /// ONUs of all OLTs: those whose serial or MAC is what was typed, then those whose text holds it.
    ///
    /// At most `limit`; more of them are in nobody's order.
    func find(_ search: ONUSearch, limit: Int) async throws(RecordError) -> [KnownONU]

    /// What happened, newest first.
    func events(_ filter: ONUEventFilter) async throws(RecordError) -> Page<KnownONUEvent>

    /// What was measured at one ONU since then, newest first.
    func readings(of olt: OLTID, _ index: String, since: Timestamp, limit: Int) async throws(RecordError) -> [Reading]

    /// The ports of an OLT, in order of their names.
    func ports(of olt: OLTID) async throws(RecordError) -> [PortState]
}

package struct OLTEntry: Hashable, Sendable {
    package let name: String
    package let address: DeviceAddress
    package let version: SNMPVersion
    package let profile: String
    package let limits: DeviceLimits
    package let isEnabled: Bool
    package let labels: [String: String]
    package let operations: [DeclaredOperation]

    package init(
        name: String,
        address: DeviceAddress,
        version: SNMPVersion,
        profile: String,
        limits: DeviceLimits,
        isEnabled: Bool = true,
        labels: [String: String] = [:],
        operations: [DeclaredOperation] = []
    ) {
        self.name = name
        self.address = address
        self.version = version
        self.profile = profile
        self.limits = limits
        self.isEnabled = isEnabled
        self.labels = labels
        self.operations = operations
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
    package var port: String?
    /// `true`: without those that are gone; `false`: only those.
    package var isPresent: Bool?
    /// Received power at the ONU, in dBm: only known ones within the range.
    package var rxOnuDbm: Range<Double>?
    package var limit = 50
    package var cursor: String?

    package init() {}
}

package struct ONUEventFilter: Hashable, Sendable {
    package var olt: OLTID?
    package var index: String?
    /// Empty: every kind.
    package var kinds: [ONUEvent.Kind] = []
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
    /// The term under which it was to be written is over, another orchestrator leads: nothing was written.
    case deposed(term: Term)

    /// A name of an OLT has at least one character that is no digit.
    package static func noName(operation: String) -> RecordError {
        .refused(operation: operation, message: "a name has at least one character that is no digit: digits alone are an id")
    }

    /// Whether the same call may work a little later: the database is away, not against it.
    package var mayPass: Bool {
        switch self {
        case .unavailable, .commitUnknown: true
        case .conflict, .refused, .schema, .deposed: false
        }
    }
}
