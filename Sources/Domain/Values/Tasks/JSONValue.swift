/// A value of a payload or a result, in the shape of JSON.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// Whole numbers are exact up to 2^53; larger ones travel as text.
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    /// A whole number within the range of `Int`, when the value is one.
    package var whole: Int? {
        guard case .number(let number) = self, number.rounded() == number, abs(number) <= 9_007_199_254_740_992 else { return nil }
        return Int(number)
    }

    package var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    package var bool: Bool? {
        guard case .bool(let bool) = self else { return nil }
        return bool
    }

    package var list: [JSONValue]? {
        guard case .list(let list) = self else { return nil }
        return list
    }

    /// The word for the value's type, for messages about wrong types.
    package var typeWord: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .text: "a text"
        case .list: "a list"
        case .object: "an object"
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByFloatLiteral {
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int) { self = .number(Double(value)) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
}

/// The payload of a task or the result of an attempt: an object.
package typealias Payload = [String: JSONValue]
