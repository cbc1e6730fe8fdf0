internal import CLibPQ

/// What PQcancel needs, made on the connection's thread and used on one that may block.
///
/// The address is kept as a number: the library allows this object on any thread, one at a time.
@safe
final class CancelTicket: Sendable {
    private let address: UInt

    init?(for connection: OpaquePointer) {
        guard let ticket = unsafe PQgetCancel(connection) else { return nil }
        address = UInt(bitPattern: ticket)
    }

    deinit {
        unsafe PQfreeCancel(OpaquePointer(bitPattern: address))
    }

    /// Asks the server to end what the connection runs.
    ///
    /// Blocks; `nil` when the request was delivered.
    func send() -> String? {
        let text = unsafe [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
            let delivered = unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
                unsafe PQcancel(OpaquePointer(bitPattern: address), characters.baseAddress, Int32(characters.count))
            }
            count = delivered != 0 ? 0 : unsafe buffer.firstIndex(of: 0) ?? 0
        }
        return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
    }
}
