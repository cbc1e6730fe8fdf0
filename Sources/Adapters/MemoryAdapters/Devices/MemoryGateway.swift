package import Domain
import Synchronization

/// A network of simulated OLTs, found by host.
package final class MemoryGateway: DeviceGateway {
    private let olts: Mutex<[String: OLTModel]>
    private let seal: any CredentialSeal
    private let time: TimeSource

    package init(_ olts: [String: OLTModel], seal: any CredentialSeal, time: TimeSource) {
        self.olts = Mutex(olts)
        self.seal = seal
        self.time = time
    }

    /// The OLT at a host as it stands now, with its account.
    package func olt(at host: String) -> OLTModel? { olts.withLock { $0[host] } }

    /// Changes an OLT such as its mood.
    package func change(_ host: String, _ body: (inout OLTModel) -> Void) {
        olts.withLock { olts in
            if var olt = olts[host] {
                body(&olt)
                olts[host] = olt
            }
        }
    }

    package func open(_ access: DeviceAccess, permission: SendPermission) async throws(DeviceError) -> any DeviceSession {
        let credentials: Credentials
        do throws(SealError) {
            credentials = try seal.open(access.credentials, for: access.olt)
        } catch {
            throw .badCredentials(device: access.name)
        }
        return MemorySession(gateway: self, access: access, credentials: credentials, permission: permission)
    }

    /// One question to the OLT at a host; nobody answers where there is none.
    fileprivate func ask<Answer: Sendable>(
        _ session: MemorySession,
        _ question: (inout OLTModel, OLTModel.Asking) throws(DeviceError) -> Answer
    ) throws(DeviceError) -> Answer {
        let access = session.access
        let now = time.monotonic()
        if let reason = session.permission.refusal(now) { throw .stopped(reason: reason) }
        let asking = OLTModel.Asking(
            community: session.credentials.community,
            number: session.permission.number,
            attempts: access.limits.attempts,
            at: now
        )
        return try olts.withLock { olts throws(DeviceError) in
            guard var olt = olts[access.address.host] else { throw .silent(device: access.name, attempts: access.limits.attempts) }
            defer { olts[access.address.host] = olt }
            return try question(&olt, asking)
        }
    }
}

/// One run's questions to one OLT.
private struct MemorySession: DeviceSession {
    let gateway: MemoryGateway
    let access: DeviceAccess
    let credentials: Credentials
    let permission: SendPermission

    func facts() async throws(DeviceError) -> DeviceFacts {
        try gateway.ask(self) { olt, asking throws(DeviceError) in try olt.askFacts(asking) }
    }

    func identify() async throws(DeviceError) -> DeviceIdentity {
        DeviceIdentity(
            facts: try await facts(),
            trials: [DeviceIdentity.Trial(profile: access.profile, isProposed: true, answered: true)]
        )
    }

    func discover() async throws(DeviceError) -> Survey {
        try survey([.serial, .description, .status], of: nil)
    }

    func read(_ columns: [ONUColumn], of indexes: [String]?) async throws(DeviceError) -> Survey {
        try survey(columns, of: indexes)
    }

    /// The system group is all there is to walk.
    func walk(_ subtree: String, _ bounds: WalkBounds) async throws(DeviceError) -> RawWalk {
        let facts = try await facts()
        let rows = [("1.3.6.1.2.1.1.5.0", "OCTET STRING", facts.sysName)].compactMap { oid, type, value in
            value.map { RawWalk.Row(oid: oid, type: type, value: $0) }
        }
        permission.progress(RunStep(rows: rows.count))
        return RawWalk(rows: Array(rows.prefix(bounds.rowsMax)), coverage: .complete, requests: 1)
    }

    /// Nothing is ever under way between two questions.
    func close() async {}

    private func survey(_ columns: [ONUColumn], of indexes: [String]?) throws(DeviceError) -> Survey {
        let survey = try gateway.ask(self) { olt, asking throws(DeviceError) in try olt.ask(columns, of: indexes, asking) }
        permission.progress(RunStep(rows: survey.observations.count))
        return survey
    }
}
