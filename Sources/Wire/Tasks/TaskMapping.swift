internal import Domain
internal import FoundationEssentials
internal import SwiftProtobuf

extension Flotilla_V1_DispatchedTask {
    init(_ task: DispatchedTask) {
        self.init()
        id = task.id.description
        number = task.number.value
        attempt = Int32(clamping: task.attempt)
        maxAttempts = Int32(clamping: task.maxAttempts)
        kind = task.kind
        payload = Google_Protobuf_Struct(task.payload)
        priority = task.priority.word
        self.class = task.taskClass.word
        exclusionKey = task.exclusionKey?.text ?? ""
        timeout = Google_Protobuf_Duration(task.timeout)
        if let device = task.device { self.device = Flotilla_V1_DeviceAccess(device) }
        if let left = task.timeLeft { timeLeft = Google_Protobuf_Duration(left) }
        traceparent = task.traceParent?.description ?? ""
    }
}

extension DispatchedTask {
    init(_ message: Flotilla_V1_DispatchedTask) throws(WireFault) {
        let key = message.exclusionKey
        self.init(
            id: try Own.id(message.id, "id"),
            number: try Own.number(message.number, "number"),
            attempt: Int(message.attempt),
            maxAttempts: Int(message.maxAttempts),
            kind: message.kind,
            payload: message.payload.payload,
            priority: try Own.word(message.priority, "priority", Priority.allowed, Priority.init(word:)),
            taskClass: try Own.word(message.class, "class", TaskClass.allowed, TaskClass.init(word:)),
            exclusionKey: key.isEmpty ? nil : try Own.word(key, "exclusionKey", "printable text") { ExclusionKey($0) },
            timeout: try Own.span(message.timeout, "timeout"),
            device: message.hasDevice ? try DeviceAccess(message.device) : nil,
            timeLeft: message.hasTimeLeft ? try Own.span(message.timeLeft, "timeLeft") : nil,
            traceParent: TraceParent(message.traceparent)
        )
    }
}

extension Flotilla_V1_DeviceAccess {
    init(_ access: DeviceAccess) {
        self.init()
        olt = access.olt.value
        name = access.name
        host = access.address.host
        port = UInt32(access.address.port)
        version = access.version.rawValue
        profile = access.profile
        limits.pdusPerSecond = Int32(clamping: access.limits.pdusPerSecond)
        limits.repetitionsMax = Int32(clamping: access.limits.repetitionsMax)
        limits.attempts = Int32(clamping: access.limits.attempts)
        if let gap = access.limits.quietGap { limits.quietGap = Google_Protobuf_Duration(gap) }
        credentials.sealed = Data(access.credentials.bytes)
        credentials.revision = Int64(access.credentials.revision)
    }
}

extension DeviceAccess {
    init(_ message: Flotilla_V1_DeviceAccess) throws(WireFault) {
        guard let port = UInt16(exactly: message.port) else {
            throw WireFault(.undecodable, field: "device.port", "\(message.port) is out of range", allowed: "0 to 65535")
        }
        let versions = SNMPVersion.allCases.map(\.rawValue).joined(separator: ", ")
        self.init(
            olt: OLTID(message.olt),
            name: message.name,
            address: DeviceAddress(host: message.host, port: port),
            version: try Own.word(message.version, "device.version", versions, SNMPVersion.init(rawValue:)),
            profile: message.profile,
            limits: DeviceLimits(
                pdusPerSecond: Int(message.limits.pdusPerSecond),
                repetitionsMax: Int(message.limits.repetitionsMax),
                attempts: Int(message.limits.attempts),
                quietGap: message.limits.hasQuietGap ? message.limits.quietGap.span : nil
            ),
            credentials: SealedCredentials(
                bytes: [UInt8](message.credentials.sealed),
                revision: Int(message.credentials.revision)
            )
        )
    }
}
