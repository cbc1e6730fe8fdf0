internal import Domain

/// How a message is written.
///
/// Both are read everywhere; Flotilla itself sends protobuf.
package enum WireFormat: Hashable, Sendable {
    case json, protobuf

    /// What stands in `content-type`.
    package var contentType: String {
        switch self {
        case .json: "application/json"
        case .protobuf: "application/x-protobuf"
        }
    }

    /// Reads a content type, in any case and with parameters; without one a body whose first printed character is `{` is JSON.
    package init(contentType: String?, body: [UInt8]) throws(WireFault) {
        guard let contentType, !contentType.isEmpty else {
            let first = body.first { ![UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains($0) }
            self = first == UInt8(ascii: "{") ? .json : .protobuf
            return
        }
        // The usual case, without making a text.
        guard contentType != WireFormat.protobuf.contentType else {
            self = .protobuf
            return
        }
        let name = contentType.prefix { $0 != ";" }.lowercased()
        switch name.trimmed {
        case WireFormat.json.contentType: self = .json
        case WireFormat.protobuf.contentType: self = .protobuf
        default:
            throw WireFault(
                .undecodable,
                field: "content-type",
                "\"\(contentType.excerpt)\" is not understood",
                allowed: "\(WireFormat.json.contentType), \(WireFormat.protobuf.contentType)"
            )
        }
    }
}

extension String {
    fileprivate var trimmed: Substring {
        var rest = Substring(self)
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return rest
    }
}
