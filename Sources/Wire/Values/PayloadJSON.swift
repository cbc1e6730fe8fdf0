package import Domain
internal import SwiftProtobuf

/// The JSON text of payloads and results, for rows, pages and files.
package enum PayloadJSON {
    /// Members are sorted by name, whole numbers have no fraction; numbers that are not finite become null.
    package static func encode(_ payload: Payload) -> String {
        var writer = JSONWriter()
        writer.write(.object(payload))
        return writer.text
    }

    /// - Throws: what is wrong with the text, and where; the rules are those for a draft's payload.
    package static func decode(_ text: String) throws(WireFault) -> Payload {
        try decode(Array(text.utf8))
    }

    /// - Throws: what is wrong with the text, and where; the rules are those for a draft's payload.
    package static func decode(_ bytes: [UInt8]) throws(WireFault) -> Payload {
        let object: Google_Protobuf_Struct
        do {
            object = try MessageBytes.read(Google_Protobuf_Struct.self, bytes, as: .json)
        } catch {
            if let fault = JSONSyntax.fault(in: bytes) { throw fault }
            if case JSONDecodingError.messageDepthLimit = error { throw PayloadReader.tooDeep }
            if case JSONDecodingError.malformedMap = error { throw PayloadReader.sameNameTwice }
            throw WireFault(
                .invalidPayload,
                "the JSON is not an object (\(error.excerpt))",
                allowed: "an object, e.g. {\"olt\": \"OLT-1\"}"
            )
        }
        var reader = PayloadReader()
        let payload = try reader.read(object, at: "payload")
        if reader.metLargestWhole { try JSONNumbers.refuseRounded(in: bytes) }
        return payload
    }
}
