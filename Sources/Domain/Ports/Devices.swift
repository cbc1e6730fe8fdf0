/// Opens devices.
///
/// An operation asks one device at a time through its session.
package protocol DeviceGateway: Sendable {
    /// - Throws: `.unknownProfile`, `.badCredentials` (the seal does not open): final.
    func open(_ access: DeviceAccess, permission: SendPermission) async throws(DeviceError) -> any DeviceSession
}

/// Checked right before each request leaves: whether the lease still covers it.
package struct SendPermission: Sendable {
    /// The number that is shown to simulated devices as holder tag; `nil`: no tag.
    package let number: DispatchNumber?
    /// `nil`: yes; else why not.
    package let refusal: @Sendable (Instant) -> String?
    /// Told of every page that came in: moves the attempt's progress mark.
    package let progress: @Sendable (RunStep) -> Void

    package init(
        number: DispatchNumber?,
        refusal: @escaping @Sendable (Instant) -> String?,
        progress: @escaping @Sendable (RunStep) -> Void
    ) {
        self.number = number
        self.refusal = refusal
        self.progress = progress
    }
}

/// One device, asked in the words of the domain: OIDs, indexes and scales are the profile's business.
package protocol DeviceSession: Sendable {
    /// The system group: who answers, since when, and which profile reads it.
    func facts() async throws(DeviceError) -> DeviceFacts

    /// Asks who the device is, and each profile that may fit whether its tables answer.
    func identify() async throws(DeviceError) -> DeviceIdentity

    /// Finds the ONUs with their cheap columns (serial, name, description, status), port by port where the index allows it.
    func discover() async throws(DeviceError) -> Survey

    /// Reads columns of all ONUs, or of those with the given indexes.
    func read(_ columns: [ONUColumn], of indexes: [String]?) async throws(DeviceError) -> Survey

    /// Walks any subtree, within bounds.
    func walk(_ subtree: String, _ bounds: WalkBounds) async throws(DeviceError) -> RawWalk

    /// Ends the session; nothing of it is under way afterwards.
    func close() async
}

/// What a device told about its ONUs.
package struct Survey: Hashable, Sendable {
    package let observations: [ONUObservation]
    package let coverage: Coverage
    /// Requests it took.
    package let requests: Int
    /// What the device itself counts on its ports, beside what was seen there; empty: its profile knows no counter.
    package let ports: [PortCount]

    package init(observations: [ONUObservation], coverage: Coverage, requests: Int, ports: [PortCount] = []) {
        self.observations = observations
        self.coverage = coverage
        self.requests = requests
        self.ports = ports
    }
}

package enum DeviceError: Error, Hashable, Sendable {
    /// No answer to any request, after so many attempts.
    case silent(device: String, attempts: Int)
    /// It answered what cannot be read.
    case garbage(device: String, what: String)
    /// It has no table that the profile names.
    case unsupported(device: String, what: String)
    case unreachable(device: String, reason: String)
    case unknownProfile(name: String, known: [String])
    case badCredentials(device: String)
    /// It answers, but not to these credentials (version 3); final where only a change of them helps.
    case denied(device: String, reason: String, isFinal: Bool)
    /// The lease does not cover another request, or the attempt was cancelled.
    case stopped(reason: String)

    /// The error as an attempt reports it.
    package var fault: TaskFault {
        switch self {
        case .silent(let device, let attempts):
            TaskFault("device_silent", "\(device) did not answer \(attempts) requests; wrong community, or not reachable", retryable: true)
        case .garbage(let device, let what):
            TaskFault("device_garbage", "\(device) answered what cannot be read: \(what)", retryable: true)
        case .unsupported(let device, let what):
            TaskFault("device_unsupported", "\(device) does not support \(what)", retryable: false)
        case .unreachable(let device, let reason):
            TaskFault("device_unreachable", "\(device) cannot be reached: \(reason)", retryable: true)
        case .unknownProfile(let name, let known):
            TaskFault("unknown_profile", "there is no profile \"\(name)\"; known: \(known.joined(separator: ", "))", retryable: false)
        case .badCredentials(let device):
            TaskFault("bad_credentials", "the credentials of \(device) do not open with this worker's key", retryable: false)
        case .denied(let device, let reason, let isFinal):
            TaskFault("device_denied", "\(device): \(reason)", retryable: !isFinal)
        case .stopped(let reason):
            TaskFault("stopped", reason, retryable: true)
        }
    }
}

/// Seals credentials for rows and messages, and opens them at the worker.
package protocol CredentialSeal: Sendable {
    /// Bound to the OLT and the revision: sealed bytes of another row do not open.
    func seal(_ credentials: Credentials, for olt: OLTID, revision: Int) throws(SealError) -> SealedCredentials

    func open(_ sealed: SealedCredentials, for olt: OLTID) throws(SealError) -> Credentials

    /// What people call the key that seals now: a name, not the key.
    var keyName: String { get }

    /// Whether the key that seals now made these; else they are to be sealed again before their key goes.
    func isCurrent(_ sealed: SealedCredentials, for olt: OLTID) -> Bool
}

extension CredentialSeal {
    /// A seal that has one key.
    package var keyName: String { "only" }

    /// Of a seal that has one key: everything.
    package func isCurrent(_ sealed: SealedCredentials, for olt: OLTID) -> Bool { true }
}

package enum SealError: Error, Hashable, Sendable {
    /// Another key, another OLT, another revision, or damaged bytes.
    case doesNotOpen
    case badKey(reason: String)
}
