internal import CNetSNMP

/// The library's session with one device.
///
/// Lives on the SNMP thread; closed exactly once, by `close()`.
@safe
final class SNMPSession {
    /// What one datagram was.
    enum Reading {
        case nothing
        case answer(Answer)
        case stray(request: Int32)
        case malformed
        case unreachable(systemError: Int32)
        /// Version 3: the device refused the request under way.
        case report(SecurityFault)
        /// Version 3: it has the id of the request under way but does not pass.
        case untrusted(SecurityFault)
    }

    /// Why nothing was sent.
    enum SendFailure: Error {
        case tooLong
        case socket(systemError: Int32)
        case library(status: Int32)
    }

    let descriptor: Int32
    private var handle: OpaquePointer?

    /// Version 3 needs keys.
    init(_ target: SNMPTarget, keys: UserKeys? = nil) throws(SNMPError) {
        var handle: OpaquePointer?
        var systemError: Int32 = 0
        let status = unsafe target.address.withCString { address in
            unsafe target.community.withUnsafeBufferPointer { community in
                unsafe flotilla_snmp_open(
                    address,
                    target.port,
                    Int32(target.version.number.rawValue),
                    community.baseAddress,
                    community.count,
                    &handle,
                    &systemError
                )
            }
        }
        guard status == Int32(FLOTILLA_SNMP_OK.rawValue), let opened = unsafe handle else {
            throw Self.error(status, systemError, target)
        }
        descriptor = unsafe flotilla_snmp_descriptor(opened)
        unsafe self.handle = opened
        guard let user = target.user else { return }
        guard let keys, unsafe Self.identify(opened, user, keys) else {
            close()
            throw .badUser("the library refuses \(user)")
        }
    }

    private static func identify(_ handle: OpaquePointer, _ user: SNMPUser, _ keys: UserKeys) -> Bool {
        var spelled = unsafe flotilla_snmp_user()
        switch user.security {
        case .open: break
        case .signed(let authentication):
            unsafe spelled.authentication = Int32(authentication.algorithm.number.rawValue)
        case .sealed(let authentication, let privacy):
            unsafe spelled.authentication = Int32(authentication.algorithm.number.rawValue)
            unsafe spelled.privacy = Int32(privacy.algorithm.number.rawValue)
        }
        unsafe spelled.authentication_key_count = keys.authentication.count
        unsafe spelled.privacy_key_count = keys.privacy.count
        let status = unsafe user.name.withCString { name in
            unsafe user.contextName.withCString { context in
                unsafe keys.authentication.withUnsafeBufferPointer { authentication in
                    unsafe keys.privacy.withUnsafeBufferPointer { privacy in
                        unsafe spelled.name = name
                        unsafe spelled.context_name = context
                        unsafe spelled.authentication_key = authentication.baseAddress
                        unsafe spelled.privacy_key = privacy.baseAddress
                        return unsafe flotilla_snmp_identify(handle, &spelled)
                    }
                }
            }
        }
        return status == Int32(FLOTILLA_SNMP_OK.rawValue)
    }

    /// - Returns: the id that the answer will carry.
    func send(_ outgoing: Outgoing) throws(SendFailure) -> Int32 {
        guard let handle = unsafe handle else { throw .library(status: 0) }
        var request: Int32 = 0
        var systemError: Int32 = 0
        let arcs = Self.arcs(of: outgoing.names)
        let lengths = outgoing.names.map { UInt32($0.arcs.count) }
        let (operation, repetitions) = Self.spelled(outgoing.operation)
        let status = unsafe arcs.withUnsafeBufferPointer { arcs in
            unsafe lengths.withUnsafeBufferPointer { lengths in
                unsafe flotilla_snmp_send(
                    handle,
                    Int32(operation.rawValue),
                    repetitions,
                    arcs.baseAddress,
                    lengths.baseAddress,
                    lengths.count,
                    &request,
                    &systemError
                )
            }
        }
        return try Self.sent(request, status, systemError)
    }

    private static func arcs(of names: [OID]) -> [UInt32] {
        if names.count == 1 { return names[0].arcs }
        var arcs: [UInt32] = []
        arcs.reserveCapacity(names.reduce(0) { $0 + $1.arcs.count })
        for name in names { arcs.append(contentsOf: name.arcs) }
        return arcs
    }

    /// Asks for the engine; the answer is a report of an unknown engine.
    func probe() throws(SendFailure) -> Int32 {
        guard let handle = unsafe handle else { throw .library(status: 0) }
        var request: Int32 = 0
        var systemError: Int32 = 0
        let status = unsafe flotilla_snmp_probe(handle, &request, &systemError)
        return try Self.sent(request, status, systemError)
    }

    private static func sent(_ request: Int32, _ status: Int32, _ systemError: Int32) throws(SendFailure) -> Int32 {
        switch UInt32(bitPattern: status) {
        case FLOTILLA_SNMP_OK.rawValue: return request
        case FLOTILLA_SNMP_TOO_LONG.rawValue: throw .tooLong
        case FLOTILLA_SNMP_NOT_SENT.rawValue: throw .socket(systemError: systemError)
        default: throw .library(status: status)
        }
    }

    /// Reads at most one datagram; never waits.
    func read() -> Reading {
        guard let handle = unsafe handle else { return .nothing }
        var page = unsafe flotilla_snmp_page()
        let reading = unsafe flotilla_snmp_read(handle, &page)
        switch UInt32(bitPattern: reading) {
        case FLOTILLA_SNMP_ANSWER.rawValue:
            return .answer(unsafe Answer(errorStatus: page.error_status, errorIndex: page.error_index, rows: SNMPRows(page)))
        case FLOTILLA_SNMP_STRAY.rawValue: return .stray(request: unsafe page.request_id)
        case FLOTILLA_SNMP_MALFORMED.rawValue: return .malformed
        case FLOTILLA_SNMP_UNREACHABLE.rawValue: return .unreachable(systemError: unsafe page.system_error)
        case FLOTILLA_SNMP_REPORT.rawValue: return .report(Self.reported(unsafe page.reason))
        case FLOTILLA_SNMP_UNTRUSTED.rawValue: return .untrusted(Self.doubted(unsafe page.reason))
        default: return .nothing
        }
    }

    /// The request that waits no longer does; its answer is a stray.
    func giveUp() {
        guard let handle = unsafe handle else { return }
        unsafe flotilla_snmp_give_up(handle)
    }

    func close() {
        guard let handle = unsafe handle else { return }
        unsafe self.handle = nil
        unsafe flotilla_snmp_close(handle)
    }

    // MARK: Engine

    /// What the device said about its engine, or what an earlier session learned; `nil` while it must be asked.
    var engine: SNMPEngineFacts? {
        get {
            guard let handle = unsafe handle else { return nil }
            var engine = flotilla_snmp_engine()
            unsafe flotilla_snmp_engine_of(handle, &engine)
            guard engine.id_count > 0 else { return nil }
            let id = unsafe withUnsafeBytes(of: engine.id) { unsafe Array($0.prefix(Int(engine.id_count))) }
            let heardAt = ContinuousClock.now - .seconds(Int64(engine.age))
            return SNMPEngineFacts(id: id, boots: engine.boots, time: engine.time, heardAt: heardAt)
        }
        set {
            guard let handle = unsafe handle else { return }
            guard let newValue else { return unsafe flotilla_snmp_forget_engine(handle) }
            var engine = flotilla_snmp_engine()
            unsafe withUnsafeMutableBytes(of: &engine.id) { unsafe $0.copyBytes(from: newValue.id.prefix($0.count)) }
            engine.id_count = UInt32(newValue.id.count)
            engine.boots = newValue.boots
            engine.time = newValue.time
            engine.age = UInt32(max(0, newValue.heardAt.duration(to: .now).seconds))
            // Refused, it is asked again: no harm.
            _ = unsafe flotilla_snmp_recall(handle, &engine)
        }
    }

    private static func reported(_ reason: Int32) -> SecurityFault {
        switch UInt32(bitPattern: reason) {
        case FLOTILLA_SNMP_REASON_LEVEL.rawValue: .unsupportedLevel
        case FLOTILLA_SNMP_REASON_CLOCK.rawValue: .clockWindow
        case FLOTILLA_SNMP_REASON_USER.rawValue: .unknownUser
        case FLOTILLA_SNMP_REASON_ENGINE.rawValue: .unknownEngine
        case FLOTILLA_SNMP_REASON_DIGEST.rawValue: .wrongPassword
        case FLOTILLA_SNMP_REASON_DECRYPTION.rawValue: .wrongPrivacy
        case FLOTILLA_SNMP_REASON_CONTEXT.rawValue: .unknownContext
        default: .other
        }
    }

    private static func doubted(_ reason: Int32) -> SecurityFault {
        switch UInt32(bitPattern: reason) {
        case FLOTILLA_SNMP_REASON_LEVEL.rawValue: .unsecuredAnswer
        case FLOTILLA_SNMP_REASON_USER.rawValue: .foreignAnswer
        case FLOTILLA_SNMP_REASON_DIGEST.rawValue: .forgedAnswer
        case FLOTILLA_SNMP_REASON_DECRYPTION.rawValue: .unreadableAnswer
        default: .other
        }
    }

    private static func spelled(_ operation: Outgoing.Operation) -> (flotilla_snmp_operation, Int32) {
        switch operation {
        case .get: return (FLOTILLA_SNMP_GET, 0)
        case .getNext: return (FLOTILLA_SNMP_GET_NEXT, 0)
        case .getBulk(let repetitions):
            precondition(repetitions > 0, "a GETBULK of nothing")
            return (FLOTILLA_SNMP_GET_BULK, Int32(repetitions))
        }
    }

    private static func error(_ status: Int32, _ systemError: Int32, _ target: SNMPTarget) -> SNMPError {
        switch UInt32(bitPattern: status) {
        case FLOTILLA_SNMP_BAD_ADDRESS.rawValue: .badAddress(target.address)
        case FLOTILLA_SNMP_OTHER_THREAD.rawValue: .otherThread
        default: .cannotOpen(target.description, systemError: systemError)
        }
    }
}

extension SNMPVersion {
    fileprivate var number: flotilla_snmp_version {
        switch self {
        case .v1: FLOTILLA_SNMP_V1
        case .v2c: FLOTILLA_SNMP_V2C
        case .v3: FLOTILLA_SNMP_V3
        }
    }
}

extension SNMPRows {
    /// Copies what the library read: the page is valid until its next call.
    init(_ page: flotilla_snmp_page) {
        let arcs = unsafe Array(UnsafeBufferPointer(start: page.arcs, count: page.arc_count))
        let octets = unsafe Array(UnsafeBufferPointer(start: page.octets, count: page.octet_count))
        precondition(MemoryLayout<Entry>.stride == MemoryLayout<flotilla_snmp_varbind>.stride, "rows are laid out as the C face has them")
        let entries = unsafe [Entry](unsafeUninitializedCapacity: page.varbind_count) { entries, count in
            let varbinds = unsafe UnsafeRawBufferPointer(UnsafeBufferPointer(start: page.varbinds, count: page.varbind_count))
            unsafe UnsafeMutableRawBufferPointer(entries).copyMemory(from: varbinds)
            count = unsafe page.varbind_count
        }
        self.init(arcs: arcs, octets: octets, entries: entries)
    }
}
