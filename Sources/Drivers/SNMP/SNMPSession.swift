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
    }

    /// Why nothing was sent.
    enum SendFailure: Error {
        case tooLong
        case socket(systemError: Int32)
        case library(status: Int32)
    }

    let descriptor: Int32
    private var handle: OpaquePointer?

    init(_ target: SNMPTarget) throws(SNMPError) {
        var handle: OpaquePointer?
        var systemError: Int32 = 0
        let version = target.version == .v1 ? FLOTILLA_SNMP_V1 : FLOTILLA_SNMP_V2C
        let status = unsafe target.address.withCString { address in
            unsafe target.community.withUnsafeBufferPointer { community in
                unsafe flotilla_snmp_open(
                    address,
                    target.port,
                    Int32(version.rawValue),
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
    }

    /// - Returns: the id that the answer will carry.
    func send(_ outgoing: Outgoing, timeout: Duration) throws(SendFailure) -> Int32 {
        guard let handle = unsafe handle else { throw .library(status: 0) }
        var request: Int32 = 0
        var systemError: Int32 = 0
        let arcs = outgoing.names.flatMap { $0.arcs }
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
                    Int64(timeout.seconds * 1_000_000),
                    &request,
                    &systemError
                )
            }
        }
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

extension SNMPRows {
    /// Copies what the library read: the page is valid until its next call.
    init(_ page: flotilla_snmp_page) {
        let arcs = unsafe Array(UnsafeBufferPointer(start: page.arcs, count: page.arc_count))
        let octets = unsafe Array(UnsafeBufferPointer(start: page.octets, count: page.octet_count))
        let entries = unsafe UnsafeBufferPointer(start: page.varbinds, count: page.varbind_count).map { varbind in
            Entry(
                nameStart: varbind.name_start,
                nameCount: varbind.name_count,
                valueStart: varbind.value_start,
                valueCount: varbind.value_count,
                type: ValueType(rawValue: varbind.type) ?? .null
            )
        }
        self.init(arcs: arcs, octets: octets, entries: entries)
    }
}
