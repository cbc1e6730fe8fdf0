internal import Domain
internal import SwiftProtobuf

/// What may stand in a field of a draft, in the JSON mapping of protobuf.
indirect enum FieldShape: Sendable {
    case text, whole, number, object, duration, time, texts
    /// An object with known fields.
    case message(noun: String, [(name: String, shape: FieldShape)])
    case list(of: FieldShape)

    static let draft = FieldShape.message(
        noun: "draft",
        [
            ("id", .text), ("kind", .text), ("payload", .object), ("priority", .text), ("class", .text), ("exclusionKey", .text),
            ("timeout", .duration), ("maxAttempts", .whole), ("backoff", backoff), ("dueAt", .time), ("labels", .texts),
            ("uniqueKey", .text), ("uniqueFor", .duration), ("deadline", .time),
        ]
    )

    static let batch = FieldShape.message(noun: "batch of drafts", [("tasks", .list(of: draft))])

    private static let backoff = FieldShape.message(
        noun: "backoff",
        [("base", .duration), ("factor", .number), ("ceiling", .duration)]
    )

    var noun: String {
        guard case .message(let noun, _) = self else { return words }
        return noun
    }

    /// What is allowed, for people.
    var words: String {
        switch self {
        case .text: "a text"
        case .whole: "a whole number from -2147483648 to 2147483647"
        case .number: "a number"
        case .object: "an object"
        case .duration: "seconds as text, e.g. \"30s\" or \"1.5s\""
        case .time: "RFC 3339 text, e.g. \"2026-11-21T02:20:00Z\""
        case .texts: "an object of texts"
        case .message(let noun, let fields): "a \(noun): an object with \(fields.map(\.name).joined(separator: ", "))"
        case .list(let item): "a list, each item \(item.words)"
        }
    }

    /// The first thing that is wrong; `null` is a missing value, as in every field of protobuf's JSON.
    func fault(of value: JSONValue) -> WireFault? {
        switch self {
        case .text, .object: return hasRightType(value) ? nil : wrong(value)
        case .whole: return readsAs(Google_Protobuf_Int32Value.self, value) ? nil : wrong(value)
        case .number: return readsAs(Google_Protobuf_DoubleValue.self, value) ? nil : wrong(value)
        case .duration: return readsAs(Google_Protobuf_Duration.self, value) ? nil : wrong(value)
        case .time: return readsAs(Google_Protobuf_Timestamp.self, value) ? nil : wrong(value)
        case .texts:
            guard case .object(let members) = value else { return wrong(value) }
            return members.sorted { $0.key < $1.key }.lazy.compactMap { name, member in
                FieldShape.text.hasRightType(member) ? nil : FieldShape.text.wrong(member).inside(name.excerpt)
            }.first
        case .list(let item):
            guard let list = value.list else { return wrong(value) }
            return list.enumerated().lazy.compactMap { place, member in item.fault(of: member)?.inside("[\(place)]") }.first
        case .message(let noun, let fields):
            guard case .object(let members) = value else { return wrong(value) }
            return members.sorted { $0.key < $1.key }.lazy.compactMap { name, member in
                Self.fault(of: member, named: name, in: fields, noun: noun)
            }.first
        }
    }

    private static func fault(
        of member: JSONValue,
        named name: String,
        in fields: [(name: String, shape: FieldShape)],
        noun: String
    ) -> WireFault? {
        guard let field = fields.first(where: { $0.name == name || $0.name.snakeCased == name }) else {
            return WireFault(
                .invalidDraft,
                field: name.excerpt,
                "a \(noun) has no such field",
                allowed: fields.map(\.name).joined(separator: ", ")
            )
        }
        guard member != .null else { return nil }
        return field.shape.fault(of: member)?.inside(field.name)
    }

    private func hasRightType(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.text, .text), (.object, .object): true
        default: false
        }
    }

    /// Asks the library, so that the diagnosis agrees with the decoder.
    private func readsAs(_ type: (some Message).Type, _ value: JSONValue) -> Bool {
        let bytes = MessageBytes.write(Google_Protobuf_Value(value), as: .json)
        return (try? MessageBytes.read(type, bytes, as: .json)) != nil
    }

    private func wrong(_ value: JSONValue) -> WireFault {
        let found =
            switch value {
            case .text(let text): "the text \"\(text.excerpt)\" does not fit"
            case .number(let number): "the number \(number) does not fit"
            case .null, .bool, .list, .object: "it is \(value.typeWord)"
            }
        return WireFault(.invalidDraft, found, allowed: words)
    }
}

extension String {
    /// `maxAttempts` → `max_attempts`: the name in the proto file, which JSON readers accept too.
    fileprivate var snakeCased: String {
        reduce(into: "") { text, character in
            text += character.isUppercase ? "_\(character.lowercased())" : String(character)
        }
    }
}
