import Foundation
import Glibc
import Synchronization

/// Stands between one client and a real broker, and says on the broker's behalf what no broker says.
///
/// Whole frames pass; what is put in goes between two of them, on the channel that asked for confirms.
final class FrameProxy: Sendable {
    private struct State {
        var client: Int32 = -1
        var confirmChannel: UInt16?
        var sockets: [Int32] = []
    }

    let port: Int
    private let listener: Int32
    private let broker: Int
    private let state = Mutex(State())

    init(to brokerPort: Int) throws {
        broker = brokerPort
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard let port = Self.listen(listener) else { throw RawPublisher.Refused(what: "listen") }
        self.port = port
    }

    /// Begins to take the client; call it once.
    func start() {
        Thread.detachNewThread { [weak self, listener] in
            let client = accept(listener, nil, nil)
            guard client >= 0 else { return }
            self?.serve(client)
        }
    }

    func stop() {
        for descriptor in state.withLock({ $0.sockets }) + [listener] {
            _ = shutdown(descriptor, Int32(SHUT_RDWR))
            _ = Glibc.close(descriptor)
        }
    }

    var url: String { "amqp://guest:guest@127.0.0.1:\(port)/" }

    /// Puts in what the broker never said.
    ///
    /// - Returns: false when no channel has asked for confirms yet.
    func putIn(_ frames: (_ channel: UInt16) -> [UInt8]) -> Bool {
        state.withLock { state in
            guard let channel = state.confirmChannel else { return false }
            let bytes = frames(channel)
            return Glibc.send(state.client, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
        }
    }

    // MARK: Frames

    static func ack(_ tag: UInt64, multiple: Bool) -> (UInt16) -> [UInt8] {
        { frame(1, $0, [0, 60, 0, 80] + bytes(tag) + [multiple ? 1 : 0]) }
    }

    static func nack(_ tag: UInt64, multiple: Bool) -> (UInt16) -> [UInt8] {
        { frame(1, $0, [0, 60, 0, 120] + bytes(tag) + [multiple ? 1 : 0]) }
    }

    /// 312 NO_ROUTE for a message without properties and with a body of two bytes.
    static func nameless(_ channel: UInt16) -> [UInt8] {
        let text = Array("NO_ROUTE".utf8)
        return frame(1, channel, [0, 60, 0, 50, 0x01, 0x38, UInt8(text.count)] + text + [0, 1, UInt8(ascii: "q")])
            + frame(2, channel, [0, 60, 0, 0] + bytes(UInt64(2)) + [0, 0]) + frame(3, channel, [0x7B, 0x7D])
    }

    /// A return whose content says it is one of class connection, with every property that basic has.
    static func foreignClass(_ channel: UInt16) -> [UInt8] {
        frame(1, channel, [0, 60, 0, 50, 0x01, 0x38, 0, 0, 0])
            + frame(2, channel, [0, 10, 0, 0] + bytes(UInt64(2)) + [0xFF, 0xF8]) + frame(3, channel, [0x7B, 0x7D])
    }

    private static func frame(_ type: UInt8, _ channel: UInt16, _ payload: [UInt8]) -> [UInt8] {
        [type] + bytes(channel) + bytes(UInt32(payload.count)) + payload + [0xCE]
    }

    private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    // MARK: Traffic

    private func serve(_ client: Int32) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        state.withLock { state in
            state.client = client
            state.sockets = [client, server]
        }
        guard Self.connect(server, to: broker) else { return }
        // The client's first eight bytes are the protocol header, no frame.
        Thread.detachNewThread { [self] in
            pass(from: client, skipping: 8) { bytes in
                note(bytes)
            } to: {
                Self.write($0, to: server)
            }
        }
        pass(from: server, skipping: 0, look: { _ in }, to: { bytes in state.withLock { _ in Self.write(bytes, to: client) } })
    }

    /// Passes whole frames on until one side ends.
    private func pass(from source: Int32, skipping head: Int, look: ([UInt8]) -> Void, to write: ([UInt8]) -> Bool) {
        var kept: [UInt8] = []
        var head = head
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(source, &chunk, chunk.count, 0)
            guard count > 0 else { return }
            kept += chunk[..<count]
            var end = 0
            if head > 0 {
                guard kept.count >= head else { continue }
                end = head
                head = 0
            }
            while kept.count >= end + 7 {
                let size = kept[end + 3..<end + 7].reduce(0) { $0 << 8 | Int($1) }
                guard kept.count >= end + size + 8 else { break }
                look(Array(kept[end..<end + size + 8]))
                end += size + 8
            }
            guard end == 0 || write(Array(kept[..<end])) else { return }
            kept.removeFirst(end)
        }
    }

    /// confirm.select tells the channel of publishes.
    private func note(_ frame: [UInt8]) {
        guard frame[0] == 1, frame.count >= 11, frame[7...10].elementsEqual([0, 85, 0, 10]) else { return }
        state.withLock { $0.confirmChannel = UInt16(frame[1]) << 8 | UInt16(frame[2]) }
    }

    // MARK: Sockets

    private static func listen(_ descriptor: Int32) -> Int? {
        var address = loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) | Glibc.listen(descriptor, 4) | getsockname(descriptor, $0, &size)
            }
        }
        return result == 0 ? Int(UInt16(bigEndian: address.sin_port)) : nil
    }

    private static func connect(_ descriptor: Int32, to port: Int) -> Bool {
        let address = loopback(port)
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}
