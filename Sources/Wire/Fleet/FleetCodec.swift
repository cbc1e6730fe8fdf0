package import Domain
internal import SwiftProtobuf

/// What workers say about themselves.
package enum FleetCodec {
    /// 1 MiB.
    package static let bytesMax = 1_048_576

    package static func encode(_ message: FleetMessage, as format: WireFormat = .protobuf) -> [UInt8] {
        var content = Flotilla_V1_FleetMessage()
        switch message {
        case .registration(let registration): content.registration = Flotilla_V1_Registration(registration)
        case .heartbeat(let heartbeat): content.heartbeat = Flotilla_V1_Heartbeat(heartbeat)
        }
        return MessageBytes.write(content, as: format)
    }

    package static func decode(_ bytes: [UInt8], contentType: String?) -> Result<FleetMessage, WireFault> {
        Result { () throws(WireFault) -> FleetMessage in
            let what = "a message of a worker"
            let message = try MessageBytes.readOwn(
                Flotilla_V1_FleetMessage.self,
                bytes,
                contentType: contentType,
                bytesMax: bytesMax,
                what: what
            )
            switch message.content {
            case .registration(let registration): return .registration(try WorkerRegistration(registration))
            case .heartbeat(let heartbeat): return .heartbeat(try Heartbeat(heartbeat))
            case nil: throw WireFault(.undecodable, "the message holds neither a registration nor a heartbeat")
            }
        }
    }
}
