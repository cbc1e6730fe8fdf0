internal import CRabbitMQ

/// One message in hand.
///
/// A view into its batch: each property makes its value anew, so read it once. Texts that are not UTF-8 come repaired
/// (U+FFFD); an absent or empty property is `nil`.
package struct Delivery: Sendable {
    let storage: DeliveryStorage
    let index: Int

    private var event: flotilla_amqp_event { storage.deliveries[index] }

    package var tag: DeliveryTag {
        DeliveryTag(
            connection: storage.connection,
            channelSerial: consumer.id.channelSerial,
            number: event.tag,
            channel: event.channel
        )
    }

    package var consumer: Consumer { storage.consumers[index] }
    package var exchange: String { storage.text(event.exchange) }
    package var routingKey: String { storage.text(event.routing_key) }
    /// It was in hand before, here or elsewhere.
    package var isRedelivered: Bool { event.flag }
    /// How often a quorum queue gave it out before; 0 the first time, and for other queues.
    package var deliveryCount: Int { Int(clamping: header("x-delivery-count")?.integer ?? 0) }

    package var contentType: String? { storage.optionalText(event.content_type) }
    package var messageID: String? { storage.optionalText(event.message_id) }
    package var type: String? { storage.optionalText(event.type) }
    package var correlationID: String? { storage.optionalText(event.correlation_id) }
    package var appID: String? { storage.optionalText(event.app_id) }
    package var replyTo: String? { storage.optionalText(event.reply_to) }
    /// Seconds since 1970, as the sender says.
    package var timestamp: UInt64? { event.has_timestamp ? event.timestamp : nil }
    package var priority: UInt8? { UInt8(exactly: event.priority) }

    package var body: [UInt8] { Array(storage.slice(event.body)) }
    /// The body without a copy; it keeps the whole batch.
    package var bodySlice: ArraySlice<UInt8> { storage.slice(event.body) }
    /// Bytes the sender announced.
    ///
    /// Larger than `body.count` when the body was over `bodyBytesMax`.
    package var bodyBytes: UInt64 { event.body_size }
    package var isTruncated: Bool { event.body_size > UInt64(event.body.length) }

    /// At most the first 64; nested values (`x-death`) are `.other`.
    ///
    /// A dead letter tells its story in `x-first-death-reason`, `x-first-death-queue` and `x-first-death-exchange`.
    package var headers: AMQPTable {
        var table = AMQPTable()
        for field in fields { table.append(storage.text(field.key), storage.value(field)) }
        return table
    }

    /// The first header of that name, without building the others.
    package func header(_ name: StaticString) -> AMQPValue? {
        let wanted = String(describing: name).utf8
        let field = fields.first { Int($0.key.length) == wanted.count && storage.slice($0.key).elementsEqual(wanted) }
        return field.map(storage.value)
    }

    private var fields: ArraySlice<flotilla_amqp_field> {
        storage.fields[Int(event.first_field)..<Int(event.first_field + event.field_count)]
    }
}
