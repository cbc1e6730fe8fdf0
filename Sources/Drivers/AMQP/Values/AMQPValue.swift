/// A scalar value of a header or an argument.
package enum AMQPValue: Sendable, Hashable {
    case string(String)
    case integer(Int64)
    case boolean(Bool)
    case bytes([UInt8])
    /// Seconds since 1970.
    case timestamp(Int64)
    case real(Double)
    /// Something nested or empty, received only: its key is known, its content is not told.
    case other

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var integer: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }
}

extension AMQPValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
}

/// Headers or arguments, in order.
///
/// At most 64 entries can be sent; as many are told of a delivery.
package struct AMQPTable: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    package struct Entry: Sendable, Hashable {
        package let key: String
        package var value: AMQPValue
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    package init(dictionaryLiteral elements: (String, AMQPValue)...) {
        for (key, value) in elements { self[key] = value }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// Setting a key replaces its value; `nil` takes it out.
    package subscript(key: String) -> AMQPValue? {
        get { entries.first { $0.key == key }?.value }
        set {
            let index = entries.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(Entry(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Received tables may repeat a key: every entry is kept, the first one answers the subscript.
    mutating func append(_ key: String, _ value: AMQPValue) {
        entries.append(Entry(key: key, value: value))
    }
}
