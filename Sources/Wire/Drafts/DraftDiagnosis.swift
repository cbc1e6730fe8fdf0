internal import Domain
internal import SwiftProtobuf

/// Finds out what is wrong with a draft that could not be decoded, so that its author can mend it.
struct DraftDiagnosis {
    let bytes: [UInt8]
    let format: WireFormat
    let shape: FieldShape

    /// What to tell the author, given what the decoder said.
    func fault(of error: any Error) -> WireFault {
        switch format {
        case .protobuf:
            if case BinaryDecodingError.messageDepthLimit = error { return PayloadReader.tooDeep }
            return WireFault(
                .undecodable,
                "the bytes are not a protobuf \(shape.noun) (\(error.excerpt))",
                allowed: "a message of proto/flotilla/v1/draft.proto, or JSON as application/json"
            )
        case .json:
            if let fault = JSONSyntax.fault(in: bytes) { return fault }
            if case JSONDecodingError.messageDepthLimit = error { return PayloadReader.tooDeep }
            do {
                let value = try MessageBytes.read(Google_Protobuf_Value.self, bytes, as: .json).value
                return shape.fault(of: value)
                    ?? WireFault(
                        .invalidDraft,
                        "the JSON does not have the shape of a \(shape.noun) (\(error.excerpt))",
                        allowed: shape.words
                    )
            } catch JSONDecodingError.malformedMap {
                return PayloadReader.sameNameTwice
            } catch {
                return WireFault(
                    .undecodable,
                    "the JSON cannot be read (\(error.excerpt))",
                    allowed: "UTF-8 text, numbers within the range of a double"
                )
            }
        }
    }
}
