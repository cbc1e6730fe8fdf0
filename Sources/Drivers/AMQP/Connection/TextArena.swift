internal import CRabbitMQ

/// Collects the texts, headers and arguments of one call in one run of bytes, as the shim wants them.
struct TextArena {
    // Never empty, so that it always has an address.
    private var bytes: [UInt8] = [0]
    private var fields: [flotilla_amqp_field] = []

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(0)
        fields.removeAll(keepingCapacity: true)
    }

    mutating func add(_ text: String) -> flotilla_amqp_span {
        let offset = bytes.count
        bytes.append(contentsOf: text.utf8)
        return flotilla_amqp_span(offset: UInt32(offset), length: UInt32(bytes.count - offset))
    }

    mutating func add(_ raw: [UInt8]) -> flotilla_amqp_span {
        let offset = bytes.count
        bytes.append(contentsOf: raw)
        return flotilla_amqp_span(offset: UInt32(offset), length: UInt32(raw.count))
    }

    mutating func add(_ table: AMQPTable) {
        for entry in table.entries {
            let key = add(entry.key)
            var field = flotilla_amqp_field()
            switch entry.value {
            case .string(let text):
                field.kind = .FLOTILLA_AMQP_FIELD_STRING
                field.bytes = add(text)
            case .bytes(let raw):
                field.kind = .FLOTILLA_AMQP_FIELD_BYTES
                field.bytes = add(raw)
            case .integer(let number):
                field.kind = .FLOTILLA_AMQP_FIELD_INTEGER
                field.integer = number
            case .boolean(let flag):
                field.kind = .FLOTILLA_AMQP_FIELD_BOOLEAN
                field.integer = flag ? 1 : 0
            case .timestamp(let seconds):
                field.kind = .FLOTILLA_AMQP_FIELD_TIMESTAMP
                field.integer = seconds
            case .real(let number):
                field.kind = .FLOTILLA_AMQP_FIELD_REAL
                field.integer = Int64(bitPattern: number.bitPattern)
            case .other:
                field.kind = .FLOTILLA_AMQP_FIELD_OTHER
            }
            field.key = key
            fields.append(field)
        }
    }

    /// The pointers are good for the call only.
    func withArguments<R>(_ body: (flotilla_amqp_arguments) -> R) -> R {
        unsafe bytes.withUnsafeBufferPointer { text in
            unsafe fields.withUnsafeBufferPointer { fields in
                guard let start = text.baseAddress else { preconditionFailure("the arena is never empty") }
                return unsafe body(
                    flotilla_amqp_arguments(text: start, fields: fields.baseAddress, field_count: UInt32(fields.count))
                )
            }
        }
    }
}
