package import Domain
internal import SwiftProtobuf

/// Tasks on their way from the orchestrator to a worker.
package enum TaskCodec {
    /// A draft's limit, and room for what dispatch adds.
    package static let bytesMax = DraftCodec.bytesMax + 65_536

    package static func encode(_ task: DispatchedTask, as format: WireFormat = .protobuf) -> [UInt8] {
        MessageBytes.write(Flotilla_V1_DispatchedTask(task), as: format)
    }

    package static func decode(_ bytes: [UInt8], contentType: String?) -> Result<DispatchedTask, WireFault> {
        Result { () throws(WireFault) -> DispatchedTask in
            try DispatchedTask(
                MessageBytes.readOwn(Flotilla_V1_DispatchedTask.self, bytes, contentType: contentType, bytesMax: bytesMax, what: "a task")
            )
        }
    }
}
