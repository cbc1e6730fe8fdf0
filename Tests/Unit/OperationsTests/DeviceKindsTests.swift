import Domain
import Operations
import Synchronization
import Testing

@Suite("Kinds that work on an OLT")
struct DeviceKindsTests {
    private let devices = ScriptedGateway()

    @Test("a discovery brings ONUs, facts and a summary, and closes its session")
    func discovery() async throws {
        var online = ONUObservation(index: "1.1")
        online.runStatus = .online
        devices.answer = .success(Survey(observations: [online, ONUObservation(index: "1.2")], coverage: .complete, requests: 4))

        let result = try await SNMPDiscovery(devices: devices).run(.visiting(payload: ["olt": "OLT-1"]), in: .plain)

        #expect(result.device?.operation == .discovery)
        #expect(result.device?.observations.count == 2)
        #expect(result.device?.facts?.sysName == "olt-1")
        #expect(result.result["onus"] == 2)
        #expect(result.result["online"] == 1)
        #expect(result.result["coverage"] == "complete")
        #expect(devices.calls == ["open", "facts", "discover", "close"])
    }

    @Test("a partial discovery says what is missing")
    func partial() async throws {
        devices.answer = .success(Survey(observations: [], coverage: .partial(reason: "serial: timed out"), requests: 1))

        let result = try await SNMPDiscovery(devices: devices).run(.visiting(payload: ["olt": "OLT-1"]), in: .plain)

        #expect(result.device?.coverage == .partial(reason: "serial: timed out"))
        #expect(result.result["reason"] == "serial: timed out")
    }

    @Test("a get asks for the columns and ONUs of its payload")
    func get() async throws {
        let payload: Payload = ["olt": "OLT-1", "columns": .list(["optics", "status"]), "onus": .list(["1.1", "1.7"])]

        let result = try await SNMPGet(devices: devices).run(.visiting(payload: payload), in: .plain)

        #expect(result.device?.columns == [.optics, .status])
        #expect(devices.calls == ["open", "read optics,status of 1.1,1.7", "close"])
    }

    @Test("a get without a column it knows is a final failure")
    func getNothing() async {
        let fault = await #expect(throws: TaskFault.self) {
            try await SNMPGet(devices: devices).run(.visiting(payload: ["olt": "OLT-1", "columns": .list(["colour"])]), in: .plain)
        }

        #expect(fault?.retryable == false)
        #expect(devices.calls.isEmpty)
    }

    @Test("a probe brings the facts of the system group")
    func probe() async throws {
        let result = try await SNMPProbe(devices: devices).run(.visiting(payload: ["olt": "OLT-1"]), in: .plain)

        #expect(result.result["sysName"] == "olt-1")
        #expect(result.result["sysDescr"] == .null, "unknown is null, not empty")
    }

    @Test("a walk brings rows as its result, and says when a result cannot hold them all")
    func walk() async throws {
        let payload: Payload = ["olt": "OLT-1", "subtree": "1.3.6.1.2.1.1", "rowsMax": 7]
        let result = try await SNMPWalk(devices: devices).run(.visiting(payload: payload), in: .plain).result
        #expect(devices.calls == ["open", "walk 1.3.6.1.2.1.1 up to 7", "close"])
        #expect(result["coverage"] == "complete")
        #expect(result["rows"] == .list([.object(["oid": "1.3.6.1.2.1.1.1", "type": "Integer32", "value": "7"])]))

        let row = RawWalk.Row(oid: "1.3.6.1", type: "OCTET STRING", value: String(repeating: "x", count: 900))
        devices.walk = RawWalk(rows: Array(repeating: row, count: 400), coverage: .complete, requests: 9)
        let large = try await SNMPWalk(devices: devices).run(.visiting(payload: payload), in: .plain).result
        #expect(large["coverage"] == "partial")
        #expect(large["reason"] == "a result holds no more than 62 of the 400 rows: ask for a smaller subtree")
        #expect(large["rows"]?.list?.count == 62)
    }

    @Test("the session is closed also when the device fails, and the error becomes the attempt's fault")
    func failing() async {
        devices.answer = .failure(.silent(device: "olt-1 (127.0.0.1:161)", attempts: 4))

        let fault = await #expect(throws: TaskFault.self) {
            try await SNMPDiscovery(devices: devices).run(.visiting(payload: ["olt": "OLT-1"]), in: .plain)
        }

        #expect(fault?.errorClass == "device_silent")
        #expect(fault?.retryable == true)
        #expect(devices.calls.last == "close")
    }

    @Test("the quiet gap is kept before the device is opened")
    func quietGap() async throws {
        let slept = Mutex<[Duration]>([])
        let devices = devices
        let context = RunContext(permission: .always, quietGap: .seconds(7), time: .none) { span throws(CancellationError) in
            #expect(devices.calls.isEmpty)
            slept.withLock { $0.append(span) }
        }

        _ = try await SNMPProbe(devices: devices).run(.visiting(payload: ["olt": "OLT-1"]), in: context)

        #expect(slept.withLock { $0 } == [.seconds(7)])
    }

    @Test("of the OLT's quiet gap and the lease's the longer one is kept, and none after a clean end")
    func longerGap() async throws {
        let slept = Mutex<[Duration]>([])
        func visit(_ own: Duration, lease: Duration) async throws {
            let known = DispatchedTask.access
            let access = DeviceAccess(
                olt: known.olt,
                name: known.name,
                address: known.address,
                version: known.version,
                profile: known.profile,
                limits: DeviceLimits(quietGap: own),
                credentials: known.credentials
            )
            let context = RunContext(permission: .always, quietGap: lease, time: .none) { span throws(CancellationError) in
                slept.withLock { $0.append(span) }
            }
            _ = try await SNMPProbe(devices: devices).run(.visiting(payload: ["olt": "OLT-1"], device: access), in: context)
        }

        try await visit(.seconds(20), lease: .seconds(7))
        try await visit(.seconds(2), lease: .seconds(7))
        try await visit(.seconds(20), lease: .zero)

        #expect(slept.withLock { $0 } == [.seconds(20), .seconds(7)])
    }

    @Test("a cancelled quiet gap sends nothing")
    func cancelledGap() async {
        let context = RunContext(permission: .always, quietGap: .seconds(7), time: .none) { _ throws(CancellationError) in
            throw CancellationError()
        }

        let fault = await #expect(throws: TaskFault.self) {
            try await SNMPProbe(devices: devices).run(.visiting(payload: ["olt": "OLT-1"]), in: context)
        }

        #expect(fault?.errorClass == "stopped")
        #expect(devices.calls.isEmpty)
    }

    @Test("a task without its OLT's address fails finally")
    func noDevice() async {
        let fault = await #expect(throws: TaskFault.self) {
            try await SNMPProbe(devices: devices).run(.visiting(payload: [:], device: nil), in: .plain)
        }

        #expect(fault?.errorClass == "no_device")
        #expect(fault?.retryable == false)
    }
}
