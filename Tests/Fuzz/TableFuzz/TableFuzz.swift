import CRabbitMQ
import Domain
import FuzzSupport
import Glibc

@testable import AMQP
@testable import BrokerAdapter

/// What a broker may send: tables of headers, and frames of any kind, through librabbitmq, the shim, the driver and the adapter.
///
/// The first byte modulo 4: 0 and 1, the rest is a table of headers, up to the body that follows the last zero byte; 2, the rest is
/// whatever comes after the login; 3, whatever comes instead of it.
@_cdecl("LLVMFuzzerTestOneInput")
func testTable(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = FuzzInput(start, count).bytes
    guard let choice = bytes.first else { return 0 }
    let rest = Array(bytes.dropFirst())
    switch choice % 4 {
    case 0, 1: Lab.deliver(table: rest)
    case 2: Lab.hear(rest)
    default: Lab.logIn(hearing: rest)
    }
    return 0
}

/// One connection of the driver, made anew whenever it was lost.
private enum Lab {
    private struct Connection {
        let handle: BrokerHandle
        let other: Int32
    }

    private static let broker = FuzzBroker()
    nonisolated(unsafe) private static var open: Connection?
    private static let settings: AMQPSettings = {
        var settings = AMQPSettings()
        settings.bodyBytesMax = 1 << 16
        return settings
    }()

    // MARK: Three ways in

    static func deliver(table bytes: [UInt8]) {
        let end = bytes.lastIndex(of: 0) ?? bytes.endIndex
        let connection = connect()
        FuzzBroker.send(
            connection.other,
            Frame.delivery + Frame.content(table: Array(bytes[..<end]), body: Array(bytes[end...].dropFirst()))
        )
        let found = pump(connection)
        if found.isLost { return lose(connection) }
        for delivery in found.deliveries {
            look(at: delivery, connection)
            if !sendsBack(delivery.headers, connection) { return lose(connection) }
        }
        if found.deliveries.isEmpty { lose(connection) }
    }

    /// What is heard is part of a connection's state: no input shall see another's.
    static func hear(_ bytes: [UInt8]) {
        let connection = connect()
        FuzzBroker.send(connection.other, bytes)
        for delivery in pump(connection).deliveries { look(at: delivery, connection) }
        lose(connection)
    }

    static func logIn(hearing words: [UInt8]) {
        broker.beRude(words)
        defer { broker.beRude(nil) }
        do throws(BrokerFailure) {
            let handle = try dial()
            handle.close(politely: false)
        } catch {
            insist(!error.text.isEmpty, "a failed login without words")
        }
        FuzzBroker.hangUp(broker.nextClient())
    }

    // MARK: One connection

    private static func dial() throws(BrokerFailure) -> BrokerHandle {
        guard let endpoint = try? AMQPEndpoint(url: "amqp://guest:guest@127.0.0.1:\(broker.port)/") else { fatalError("no endpoint") }
        return try BrokerHandle(endpoint, name: "fuzz", settings: settings)
    }

    private static func connect() -> Connection {
        if let open { return open }
        do throws(BrokerFailure) {
            let made = Connection(handle: try dial(), other: broker.nextClient())
            open = made
            return made
        } catch {
            fatalError("a decent login failed: \(error.text)")
        }
    }

    private static func lose(_ connection: Connection) {
        FuzzBroker.hangUp(connection.other)
        connection.handle.close(politely: false)
        open = nil
    }

    /// Reads until nothing is left.
    private static func pump(_ connection: Connection) -> (deliveries: [Delivery], isLost: Bool) {
        let handle = connection.handle
        var deliveries: [Delivery] = []
        for _ in 0..<100_000 {
            var isLost = false
            do throws(BrokerFailure) {
                try handle.pump()
            } catch {
                insist(!error.text.isEmpty, "a lost connection without words")
                isLost = true
            }
            for signal in handle.signals {
                _ = handle.text(signal.text) + handle.text(signal.message_id) + handle.text(signal.consumer)
            }
            deliveries += collected(handle)
            if isLost { return (deliveries, true) }
            if !handle.hasMore, !isReadable(handle.descriptor) { return (deliveries, false) }
        }
        fatalError("the pump never ends")
    }

    private static func collected(_ handle: BrokerHandle) -> [Delivery] {
        let events = handle.deliveries
        guard !events.isEmpty else { return [] }
        let consumer = Consumer(id: Consumer.ID(connection: 1, channelSerial: 1), queue: "fuzz", prefetch: 1, channel: 1)
        let storage = DeliveryStorage(
            connection: 1,
            deliveries: events,
            consumers: events.map { _ in consumer },
            fields: handle.fields,
            arena: handle.bytes
        )
        return Array(DeliveryBatch(storage: storage))
    }

    private static func isReadable(_ descriptor: Int32) -> Bool {
        var asked = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&asked, 1, 0) == 1
    }

    // MARK: What is done with a delivery

    private static func look(at delivery: Delivery, _ connection: Connection) {
        let headers = delivery.headers
        insist(headers.entries.count <= 64, "\(headers.entries.count) headers")
        for entry in headers.entries { insist(headers[entry.key] != nil, "a header without a value") }
        insist(delivery.deliveryCount >= 0 || delivery.header("x-delivery-count") != nil, "a count from nowhere")
        _ = (delivery.timestamp, delivery.priority, delivery.replyTo, delivery.correlationID, delivery.exchange)
        _ = InboundMessage.dead(delivery)
        bury(InboundMessage.draft(delivery), delivery, connection)
        bury(InboundMessage.task(delivery), delivery, connection)
        bury(InboundMessage.outcomes(delivery), delivery, connection)
        bury(InboundMessage.fleet(delivery), delivery, connection)
        bury(InboundMessage.order(delivery), delivery, connection)
    }

    /// The letter about what cannot be read: only a text that AMQP does not take may keep it from being written.
    private static func bury<Item>(_ result: Result<Item, UnreadableMessage>, _ delivery: Delivery, _ connection: Connection) {
        guard case .failure(let message) = result else { return }
        insist(!message.explanation.isEmpty, "a letter without an explanation")
        let letter = OutboundMessage.unreadable(message, original: delivery, at: Timestamp(microseconds: 0))
        let texts = [letter.routingKey, letter.contentType, letter.messageID, letter.type, letter.appID]
        let fits = texts.allSatisfy { $0.utf8.count <= 255 }
        let headerBytes = letter.headers.entries.reduce(0) { $0 + ($1.value.string?.utf8.count ?? 0) }
        insist(headerBytes <= 65_536, "a letter with \(headerBytes) bytes of headers")
        let isWritten = connection.handle.publish(letter, messageID: letter.messageID, on: 1)
        insist(isWritten || !fits, "a letter cannot be written")
        drain(connection)
    }

    private static func drain(_ connection: Connection) {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        repeat {
            do throws(BrokerFailure) { _ = try connection.handle.flush() } catch { return }
            while recv(connection.other, &bytes, bytes.count, Int32(MSG_DONTWAIT)) > 0 {}
        } while connection.handle.pendingBytes > 0
    }

    /// Sends the headers out and hears them again: they must be the same.
    /// - Returns: `false` when the connection cannot be used any more.
    private static func sendsBack(_ received: AMQPTable, _ connection: Connection) -> Bool {
        var message = AMQPMessage(exchange: "", routingKey: "", body: [])
        for entry in received.entries where entry.value != .other { message.headers[entry.key] = entry.value }
        guard !message.headers.isEmpty, connection.handle.publish(message, messageID: "", on: 1) else { return true }
        do throws(BrokerFailure) {
            guard try connection.handle.flush() else { return false }
        } catch { return false }
        guard FuzzBroker.readFrame(connection.other) != nil, let head = FuzzBroker.readFrame(connection.other) else { return false }
        FuzzBroker.send(connection.other, Frame.delivery + head)
        let found = pump(connection)
        insist(!found.isLost && found.deliveries.count == 1, "what was written cannot be read")
        guard let again = found.deliveries.first?.headers else { return false }
        insist(spelled(again) == spelled(message.headers), "headers change: \(spelled(message.headers)) to \(spelled(again))")
        return true
    }

    /// Real numbers by their bits: not every one equals itself.
    private static func spelled(_ table: AMQPTable) -> [String] {
        table.entries.map { entry in
            if case .real(let number) = entry.value { return "\(entry.key)=\(number.bitPattern)" }
            return "\(entry.key)=\(entry.value)"
        }
    }
}
