internal import Domain
internal import SwiftProtobuf

/// Turns a protobuf object into a payload and checks what a caller may send.
struct PayloadReader {
    /// How deep objects and lists may be nested; the payload itself is the first level.
    static let depthMax = 100
    /// Up to here each whole number has a `Double` of its own.
    static let wholeMax: Double = 9_007_199_254_740_992

    /// A number was met that could be the rounded value of a larger one; only its text can tell.
    private(set) var metLargestWhole = false

    mutating func read(_ object: Google_Protobuf_Struct, at path: String) throws(WireFault) -> Payload {
        do {
            return try members(object, depth: 1)
        } catch {
            throw error.inside(path)
        }
    }

    private mutating func members(_ object: Google_Protobuf_Struct, depth: Int) throws(WireFault) -> Payload {
        guard depth <= Self.depthMax else { throw Self.tooDeep }
        var payload = Payload(minimumCapacity: object.fields.count)
        for (name, value) in object.fields {
            guard !name.utf8.contains(0) else { throw .holdsNul("the name of a field", .invalidPayload) }
            do {
                payload[name] = try read(value, depth: depth)
            } catch {
                throw error.inside(name.excerpt)
            }
        }
        return payload
    }

    private mutating func items(_ list: Google_Protobuf_ListValue, depth: Int) throws(WireFault) -> [JSONValue] {
        guard depth <= Self.depthMax else { throw Self.tooDeep }
        var items: [JSONValue] = []
        items.reserveCapacity(list.values.count)
        for (place, value) in list.values.enumerated() {
            do {
                items.append(try read(value, depth: depth))
            } catch {
                throw error.inside("[\(place)]")
            }
        }
        return items
    }

    private mutating func read(_ value: Google_Protobuf_Value, depth: Int) throws(WireFault) -> JSONValue {
        switch value.kind {
        case .nullValue: return .null
        case .boolValue(let bool): return .bool(bool)
        case .numberValue(let number): return .number(try checked(number))
        case .stringValue(let text):
            guard !text.utf8.contains(0) else { throw .holdsNul("the text", .invalidPayload) }
            return .text(text)
        case .structValue(let object): return .object(try members(object, depth: depth + 1))
        case .listValue(let list): return .list(try items(list, depth: depth + 1))
        case nil: throw WireFault(.invalidPayload, "the value has no kind", allowed: "null, a boolean, number, text, list or object")
        }
    }

    private mutating func checked(_ number: Double) throws(WireFault) -> Double {
        guard number.isFinite else { throw WireFault(.invalidPayload, "the number is not finite", allowed: "finite numbers") }
        guard abs(number) <= Self.wholeMax else { throw Self.tooLargeWhole }
        if abs(number) == Self.wholeMax { metLargestWhole = true }
        return number
    }

    static let tooLargeWhole = WireFault(
        .invalidPayload,
        "the whole number is beyond 2^53 and would be rounded",
        allowed: "whole numbers up to 9007199254740992; send larger ones as text"
    )

    static let tooDeep = WireFault(
        .invalidPayload,
        "the message is nested too deeply",
        allowed: "at most \(depthMax) levels of objects and lists"
    )

    static let sameNameTwice = WireFault(.invalidDraft, "an object has the same field twice", allowed: "each name once in an object")
}
