internal import Domain
internal import SwiftProtobuf

extension Google_Protobuf_Struct {
    /// Numbers that are not finite have no JSON and become null.
    init(_ payload: Payload) {
        self.init(fields: payload.mapValues(Google_Protobuf_Value.init(_:)))
    }

    /// As it is, for messages of Flotilla's own: nothing is refused; what has no JSON becomes null.
    var payload: Payload { fields.mapValues(\.value) }
}

extension Google_Protobuf_Value {
    init(_ value: JSONValue) {
        switch value {
        case .null: self.init(nilLiteral: ())
        case .bool(let bool): self.init(boolValue: bool)
        case .number(let number) where number.isFinite: self.init(numberValue: number)
        case .number: self.init(nilLiteral: ())
        case .text(let text): self.init(stringValue: text)
        case .list(let list): self.init(listValue: Google_Protobuf_ListValue(values: list.map(Google_Protobuf_Value.init(_:))))
        case .object(let object): self.init(structValue: Google_Protobuf_Struct(object))
        }
    }

    var value: JSONValue {
        switch kind {
        case .nullValue, nil: .null
        case .boolValue(let bool): .bool(bool)
        case .numberValue(let number): number.isFinite ? .number(number) : .null
        case .stringValue(let text): .text(text)
        case .listValue(let list): .list(list.values.map(\.value))
        case .structValue(let object): .object(object.payload)
        }
    }
}
