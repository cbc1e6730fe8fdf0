import Domain

/// One of everything, with every field set.
enum Samples {
    static let id = TaskID("0193f1a2-7c3e-7b64-9d0c-5e8f2a417b90") ?? TaskID(high: 0, low: 0)
    static let number = DispatchNumber(4_711)
    static let time = Timestamp(microseconds: 1_795_228_800_123_456)

    static let payload: Payload = [
        "olt": "OLT-CENTRAL-01", "count": 3, "ratio": 2.5, "deep": .object(["list": .list([.null, true, "ü€😀", .list([])])]),
        "empty": .object([:]),
    ]

    static let draft = TaskDraft(
        kind: "snmp.discovery",
        payload: payload,
        id: id,
        priority: "high",
        taskClass: "network",
        exclusionKey: "olt:17",
        timeout: .milliseconds(1500),
        maxAttempts: 5,
        backoff: BackoffDraft(base: .seconds(2), factor: 1.5, ceiling: .seconds(60)),
        dueAt: time,
        labels: ["site": "north", "leer": ""]
    )

    static let access = DeviceAccess(
        olt: OLTID(17),
        name: "OLT-CENTRAL-01",
        address: DeviceAddress(host: "2001:db8::1", port: 1161),
        version: .v2c,
        profile: "huawei",
        limits: DeviceLimits(pdusPerSecond: 20, repetitionsMax: 10, attempts: 3, quietGap: .milliseconds(12_500)),
        credentials: SealedCredentials(bytes: [0, 255, 17, 34], revision: 3)
    )

    static let task = DispatchedTask(
        id: id,
        number: number,
        attempt: 2,
        maxAttempts: 5,
        kind: "snmp.discovery",
        payload: payload,
        priority: .high,
        taskClass: .network,
        exclusionKey: ExclusionKey(OLTID(17)),
        timeout: .seconds(90),
        device: access
    )

    static let plainTask = DispatchedTask(
        id: id,
        number: number,
        attempt: 1,
        maxAttempts: 1,
        kind: "noop",
        payload: [:],
        priority: .maintenance,
        taskClass: .general,
        exclusionKey: nil,
        timeout: .seconds(1),
        device: nil
    )

    static let fullObservation: ONUObservation = {
        var onu = ONUObservation(index: "4194312192.1")
        onu.port = "0/1/0"
        onu.onuID = 1
        onu.serial = "HWTC12345678"
        onu.mac = "00:11:22:33:44:55"
        onu.name = "customer"
        onu.description = ""
        onu.adminStatus = .disabled
        onu.runStatus = .unknown
        onu.distanceMetres = 0
        onu.rxOnuDbm = -19.57
        onu.txOnuDbm = 2.1
        onu.rxOltDbm = -21
        onu.temperatureCelsius = -4.5
        onu.voltageVolts = 3.3
        onu.biasMilliamps = 12.25
        onu.lastDownCause = "dying gasp"
        return onu
    }()

    static let result = DeviceResult(
        olt: OLTID(17),
        operation: .discovery,
        coverage: .partial(reason: "timeout at port 3"),
        observations: [fullObservation, ONUObservation(index: "7")],
        columns: ONUColumn.allCases,
        facts: DeviceFacts(sysObjectID: "1.3.6.1.4.1.2011", sysDescription: "", sysName: "olt", upTimeTicks: .max)
    )

    static let verdicts: [Verdict] = [
        .started, .succeeded, .suspect, .interrupted(reason: "drain"),
        .failed(TaskFault("device_silent", "no answer", retryable: true, retryAfter: .seconds(30))),
        .failed(TaskFault("unknown_profile", "no", retryable: false)),
        .deferred(Deferral(.busy, retryAfter: .milliseconds(250))), .deferred(Deferral(.handedBack)),
        .deferred(Deferral(.leaseStoreSilent)), .deferred(Deferral(.notCapable)),
        .seen(Seen(.granted, highest: DispatchNumber(9), leaseLeft: .seconds(12))),
        .seen(Seen(.older, highest: DispatchNumber(.max), leaseLeft: nil)), .seen(Seen(.void, highest: number, leaseLeft: .zero)),
        .seen(Seen(.deferred, highest: number, leaseLeft: nil)),
    ]

    static func outcome(_ verdict: Verdict, startedAt: Timestamp? = nil, device: DeviceResult? = nil, parts: Int = 0) -> Outcome {
        Outcome(
            task: id,
            number: number,
            attempt: 2,
            worker: WorkerID("host-1-abc"),
            run: RunToken(.max),
            verdict: verdict,
            startedAt: startedAt,
            finishedAt: time,
            redeliveries: 4,
            result: device == nil ? [:] : payload,
            device: device,
            parts: parts
        )
    }

    static let registration = WorkerRegistration(
        id: WorkerID("host-1-abc"),
        hostname: "host",
        pid: 4_711,
        version: "0.1.0",
        startedAt: time,
        labels: ["site": "north"],
        slots: [.network: 50, .cpu: 2],
        kinds: ["noop", "snmp.discovery"],
        connection: 3,
        numbersInHand: [number, DispatchNumber(9)]
    )

    static let heartbeat = Heartbeat(
        worker: WorkerID("host-1-abc"),
        sentAt: time,
        status: .degraded,
        running: [
            RunningAttempt(
                task: id,
                number: number,
                kind: "snmp.get",
                since: time,
                progress: RunProgress(rows: 900, part: RunPart(.port, done: 3, of: 16))
            )
        ],
        slotsUsed: [.network: 1],
        queuedTasks: 7,
        tasksCompleted: 5_000_000_000,
        tasksFailed: 2,
        averageRunMs: 12.5
    )
}
