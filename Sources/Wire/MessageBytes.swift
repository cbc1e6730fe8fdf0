internal import Domain
internal import SwiftProtobuf

/// Generated messages to bytes and back; knows nothing of what they mean.
enum MessageBytes {
    /// Each level of a payload is two messages on the wire (the value, and the object or list in it); the rest is what stands around it.
    static let messageDepthMax = 2 * PayloadReader.depthMax + 8

    /// - Throws: the library's own error; the caller says what it means.
    static func read<Content: Message>(_ type: Content.Type, _ bytes: [UInt8], as format: WireFormat) throws -> Content {
        switch format {
        case .json:
            var options = JSONDecodingOptions()
            options.messageDepthLimit = messageDepthMax
            return try Content(jsonUTF8Bytes: bytes, options: options)
        case .protobuf:
            var options = BinaryDecodingOptions()
            options.messageDepthLimit = messageDepthMax
            return try Content(serializedBytes: bytes, options: options)
        }
    }

    /// Reads a message that only Flotilla itself writes: whatever is wrong with it, it is undecodable.
    static func readOwn<Content: Message>(
        _ type: Content.Type,
        _ bytes: [UInt8],
        contentType: String?,
        bytesMax: Int,
        what: String
    ) throws(WireFault) -> Content {
        guard bytes.count <= bytesMax else { throw .tooLarge(bytes.count, limit: bytesMax, what: what) }
        let format = try WireFormat(contentType: contentType, body: bytes)
        do {
            return try read(type, bytes, as: format)
        } catch {
            throw WireFault(.undecodable, "the bytes are not \(what) (\(error.excerpt))", allowed: "a message of proto/flotilla/v1")
        }
    }

    /// Never fails: what the library refuses (numbers that are not finite, times out of range) is not in what the mappings make.
    static func write(_ message: some Message, as format: WireFormat) -> [UInt8] {
        do {
            switch format {
            case .json:
                var options = JSONEncodingOptions()
                options.useDeterministicOrdering = true
                return try message.jsonUTF8Bytes(options: options)
            case .protobuf:
                return try message.serializedBytes()
            }
        } catch {
            preconditionFailure("a mapped message can be written: \(error)")
        }
    }
}
