/// Checks a payload against the fields of its kind.
struct PayloadCheck {
    let kind: KindSpecification

    func check(_ payload: Payload) throws(Admission.Fault) {
        let names = kind.fields.map(\.name)
        if let unknown = payload.keys.sorted().first(where: { !names.contains($0) }) {
            throw Admission.Fault(
                .unknownField,
                field: "payload.\(unknown)",
                "\(kind.name) knows no such field",
                allowed: names.isEmpty ? "no fields" : names.joined(separator: ", ")
            )
        }
        for field in kind.fields {
            switch payload[field.name] {
            case nil, .null:
                guard !field.isRequired else {
                    throw Admission.Fault(
                        .missingField,
                        field: "payload.\(field.name)",
                        "\(kind.name) needs it",
                        allowed: field.shape.words
                    )
                }
            case .some(let value):
                guard let wrong = field.shape.wrong(with: value) else { continue }
                throw Admission.Fault(.invalidValue, field: "payload.\(field.name)", wrong, allowed: field.shape.words)
            }
        }
    }
}

extension PayloadField.Shape {
    /// What is allowed, for people.
    fileprivate var words: String {
        switch self {
        case .text(let bytesMax): "a text of at most \(bytesMax) bytes"
        case .whole(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .bool: "true or false"
        case .oid: "an object identifier in dotted numbers, 2 to 128 of them, each below 4294967296"
        case .words(let allowed): "a list of \(allowed.joined(separator: ", "))"
        case .texts(let countMax): "a list of at most \(countMax) texts"
        case .olt: "the name or the id of an OLT"
        }
    }

    /// What is wrong with the value; `nil`: nothing.
    fileprivate func wrong(with value: JSONValue) -> String? {
        switch self {
        case .text(let bytesMax):
            guard let text = value.text else { return "it is \(value.typeWord)" }
            return text.utf8.count <= bytesMax ? nil : "it has \(text.utf8.count) bytes"
        case .whole(let range):
            guard let whole = value.whole else { return "it is \(value.typeWord)" }
            return range.contains(whole) ? nil : "\(whole) is out of range"
        case .oid:
            guard let text = value.text else { return "it is \(value.typeWord)" }
            return Self.isObjectIdentifier(text) ? nil : "\"\(text.prefix(64))\" is none"
        case .bool:
            return value.bool == nil ? "it is \(value.typeWord)" : nil
        case .words(let allowed):
            guard let list = value.list else { return "it is \(value.typeWord)" }
            guard !list.isEmpty else { return "the list is empty" }
            let unknown = list.first { !allowed.contains($0.text ?? "") }
            return unknown.map { "there is no \($0.text.map { "\"\($0)\"" } ?? $0.typeWord)" }
        case .texts(let countMax):
            guard let list = value.list else { return "it is \(value.typeWord)" }
            guard list.count <= countMax else { return "it has \(list.count) items" }
            return list.first { $0.text == nil }.map { "one item is \($0.typeWord)" }
        case .olt:
            if let text = value.text { return text.isEmpty ? "it is empty" : nil }
            return value.whole == nil ? "it is \(value.typeWord)" : nil
        }
    }

    private static func isObjectIdentifier(_ text: String) -> Bool {
        let arcs = (text.hasPrefix(".") ? text.dropFirst() : text[...]).split(separator: ".", omittingEmptySubsequences: false)
        guard (2...128).contains(arcs.count) else { return false }
        return arcs.allSatisfy { arc in arc.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt32(arc) != nil }
    }
}
