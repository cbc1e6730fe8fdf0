internal import CRabbitMQ

/// What one turn of the connection received, in order.
///
/// The batch keeps all its bodies: whoever holds one delivery for long should keep what was decoded and the tag
/// instead.
package struct DeliveryBatch: Sendable, RandomAccessCollection {
    let storage: DeliveryStorage

    package var startIndex: Int { 0 }
    package var endIndex: Int { storage.deliveries.count }
    package subscript(position: Int) -> Delivery { Delivery(storage: storage, index: position) }
}

/// Bytes and spans of a batch; never changes.
final class DeliveryStorage: Sendable {
    let connection: UInt32
    let deliveries: [flotilla_amqp_event]
    let consumers: [Consumer]
    let fields: [flotilla_amqp_field]
    let arena: [UInt8]

    init(
        connection: UInt32,
        deliveries: [flotilla_amqp_event],
        consumers: [Consumer],
        fields: [flotilla_amqp_field],
        arena: [UInt8]
    ) {
        self.connection = connection
        self.deliveries = deliveries
        self.consumers = consumers
        self.fields = fields
        self.arena = arena
    }

    func slice(_ span: flotilla_amqp_span) -> ArraySlice<UInt8> {
        arena[Int(span.offset)..<Int(span.offset) + Int(span.length)]
    }

    /// Bytes that are not UTF-8 are replaced by U+FFFD.
    func text(_ span: flotilla_amqp_span) -> String {
        String(decoding: slice(span), as: UTF8.self)
    }

    func optionalText(_ span: flotilla_amqp_span) -> String? {
        span.length == 0 ? nil : text(span)
    }

    func value(_ field: flotilla_amqp_field) -> AMQPValue {
        switch field.kind {
        case .FLOTILLA_AMQP_FIELD_STRING: .string(text(field.bytes))
        case .FLOTILLA_AMQP_FIELD_INTEGER: .integer(field.integer)
        case .FLOTILLA_AMQP_FIELD_BOOLEAN: .boolean(field.integer != 0)
        case .FLOTILLA_AMQP_FIELD_BYTES: .bytes(Array(slice(field.bytes)))
        case .FLOTILLA_AMQP_FIELD_TIMESTAMP: .timestamp(field.integer)
        case .FLOTILLA_AMQP_FIELD_REAL: .real(Double(bitPattern: UInt64(bitPattern: field.integer)))
        case .FLOTILLA_AMQP_FIELD_OTHER: .other
        }
    }
}
