package import Domain
internal import SwiftProtobuf

/// What workers report: batches of outcomes, and parts of large results.
package enum OutcomeCodec {
    /// 4 MiB for a batch.
    package static let bytesMax = 4_194_304
    /// 1 MiB for a part.
    package static let partBytesMax = 1_048_576

    package static func encode(_ message: OutcomeMessage, as format: WireFormat = .protobuf) -> [UInt8] {
        MessageBytes.write(Flotilla_V1_OutcomeMessage(message), as: format)
    }

    package static func decode(_ bytes: [UInt8], contentType: String?) -> Result<OutcomeMessage, WireFault> {
        Result { () throws(WireFault) -> OutcomeMessage in
            let what = "an outcome message"
            let message = try MessageBytes.readOwn(
                Flotilla_V1_OutcomeMessage.self,
                bytes,
                contentType: contentType,
                bytesMax: bytesMax,
                what: what
            )
            if case .part = message.content, bytes.count > partBytesMax {
                throw .tooLarge(bytes.count, limit: partBytesMax, what: "part of a result")
            }
            return try OutcomeMessage(message)
        }
    }

    /// How many bytes a message may have.
    package static func bytesMax(of message: OutcomeMessage) -> Int {
        switch message {
        case .outcomes: bytesMax
        case .part, .marker: partBytesMax
        }
    }
}
