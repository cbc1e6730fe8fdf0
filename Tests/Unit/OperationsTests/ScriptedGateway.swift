import Domain
import Synchronization

/// A device that answers as the test says, and remembers what it was asked.
final class ScriptedGateway: DeviceGateway {
    private let state = Mutex(State())

    private struct State {
        var calls: [String] = []
        var walk: RawWalk?
        var answer: Result<Survey, DeviceError> = .success(Survey(observations: [], coverage: .complete, requests: 1))
    }

    var calls: [String] { state.withLock { $0.calls } }

    var answer: Result<Survey, DeviceError> {
        get { state.withLock { $0.answer } }
        set { state.withLock { $0.answer = newValue } }
    }

    /// What a walk brings; `nil`: one row.
    var walk: RawWalk? {
        get { state.withLock { $0.walk } }
        set { state.withLock { $0.walk = newValue } }
    }

    func open(_ access: DeviceAccess, permission: SendPermission) async throws(DeviceError) -> any DeviceSession {
        note("open")
        return ScriptedSession(gateway: self)
    }

    fileprivate func note(_ call: String) {
        state.withLock { $0.calls.append(call) }
    }
}

private struct ScriptedSession: DeviceSession {
    let gateway: ScriptedGateway

    func facts() async throws(DeviceError) -> DeviceFacts {
        gateway.note("facts")
        return DeviceFacts(sysName: "olt-1", upTimeTicks: 100)
    }

    func identify() async throws(DeviceError) -> DeviceIdentity {
        gateway.note("identify")
        return DeviceIdentity(facts: DeviceFacts(sysName: "olt-1", profile: "huawei"), trials: [])
    }

    func walk(_ subtree: String, _ bounds: WalkBounds) async throws(DeviceError) -> RawWalk {
        gateway.note("walk \(subtree) up to \(bounds.rowsMax)")
        return gateway.walk
            ?? RawWalk(
                rows: [RawWalk.Row(oid: subtree + ".1", type: "Integer32", value: "7")],
                coverage: .complete,
                requests: 1
            )
    }

    func discover() async throws(DeviceError) -> Survey {
        gateway.note("discover")
        return try gateway.answer.get()
    }

    func read(_ columns: [ONUColumn], of indexes: [String]?) async throws(DeviceError) -> Survey {
        gateway.note("read \(columns.map(\.rawValue).joined(separator: ",")) of \(indexes?.joined(separator: ",") ?? "all")")
        return try gateway.answer.get()
    }

    func close() async {
        gateway.note("close")
    }
}

extension SendPermission {
    static let always = SendPermission(number: nil, refusal: { _ in nil }, progress: { _ in })
}

extension TimeSource {
    static let none = TimeSource(wall: { Timestamp(microseconds: 0) })
}

extension RunContext {
    static let plain = RunContext(permission: .always, quietGap: .zero, time: .none) { _ throws(CancellationError) in }
}

extension DispatchedTask {
    static let access = DeviceAccess(
        olt: OLTID(1),
        name: "olt-1",
        address: DeviceAddress(host: "127.0.0.1"),
        version: .v2c,
        profile: "huawei",
        limits: DeviceLimits(),
        credentials: SealedCredentials(bytes: [1], revision: 1)
    )

    static func visiting(payload: Payload, device: DeviceAccess? = access) -> DispatchedTask {
        DispatchedTask(
            id: TaskID(high: 1, low: 2),
            number: DispatchNumber(7),
            attempt: 1,
            maxAttempts: 5,
            kind: "snmp.probe",
            payload: payload,
            priority: .normal,
            taskClass: .network,
            exclusionKey: nil,
            timeout: .seconds(60),
            device: device
        )
    }
}
