package import Domain
internal import SwiftProtobuf

/// Drafts as anyone may send them, read with every check that needs no knowledge of kinds; and written, for Flotilla's own clients.
package enum DraftCodec {
    /// 1 MiB.
    package static let bytesMax = 1_048_576
    /// 16 MiB, for a batch as a whole.
    package static let batchBytesMax = 16_777_216

    /// Reads one draft; the content type decides between JSON and protobuf, without one the first character of the body does.
    package static func decode(_ bytes: [UInt8], contentType: String?) -> Result<TaskDraft, WireFault> {
        Result { () throws(WireFault) -> TaskDraft in
            guard bytes.count <= bytesMax else { throw .tooLarge(bytes.count, limit: bytesMax, what: "draft") }
            let format = try WireFormat(contentType: contentType, body: bytes)
            let message: Flotilla_V1_TaskDraft
            do {
                message = try MessageBytes.read(Flotilla_V1_TaskDraft.self, bytes, as: format)
            } catch {
                throw DraftDiagnosis(bytes: bytes, format: format, shape: .draft).fault(of: error)
            }
            if format == .json { try JSONNames.refuseRepeated(in: bytes, to: 2) }
            var payloads = PayloadReader()
            let draft = try TaskDraft(message, payloads: &payloads)
            if format == .json, payloads.metLargestWhole { try JSONNumbers.refuseRounded(in: bytes) }
            return draft
        }
    }

    /// Reads `{"tasks": [draft, …]}`: all drafts, or the fault of the first that is wrong.
    package static func decodeBatch(_ bytes: [UInt8], contentType: String?) -> Result<[TaskDraft], WireFault> {
        Result { () throws(WireFault) -> [TaskDraft] in
            guard bytes.count <= batchBytesMax else { throw .tooLarge(bytes.count, limit: batchBytesMax, what: "batch") }
            let format = try WireFormat(contentType: contentType, body: bytes)
            let message: Flotilla_V1_DraftBatch
            do {
                message = try MessageBytes.read(Flotilla_V1_DraftBatch.self, bytes, as: format)
            } catch {
                throw DraftDiagnosis(bytes: bytes, format: format, shape: .batch).fault(of: error)
            }
            if format == .json { try JSONNames.refuseRepeated(in: bytes, to: 4) }
            var payloads = PayloadReader()
            var drafts: [TaskDraft] = []
            drafts.reserveCapacity(message.tasks.count)
            for (place, task) in message.tasks.enumerated() {
                do throws(WireFault) {
                    drafts.append(try TaskDraft(task, payloads: &payloads))
                } catch {
                    throw error.inside("tasks[\(place)]")
                }
            }
            if format == .json, payloads.metLargestWhole { try JSONNumbers.refuseRounded(in: bytes) }
            return drafts
        }
    }

    package static func encode(_ draft: TaskDraft, as format: WireFormat = .protobuf) -> [UInt8] {
        MessageBytes.write(Flotilla_V1_TaskDraft(draft), as: format)
    }

    package static func encodeBatch(_ drafts: [TaskDraft], as format: WireFormat = .protobuf) -> [UInt8] {
        var batch = Flotilla_V1_DraftBatch()
        batch.tasks = drafts.map(Flotilla_V1_TaskDraft.init(_:))
        return MessageBytes.write(batch, as: format)
    }
}
