internal import AMQP
internal import Domain
internal import Wire

/// Reads deliveries into the words of the domain.
enum InboundMessage {
    static func draft(_ delivery: Delivery) -> Result<IntakeDraft, UnreadableMessage> {
        read(delivery) { body, contentType in
            DraftCodec.decode(body, contentType: contentType).map { draft in
                var draft = draft
                draft.id = draft.id ?? delivery.messageID.flatMap { TaskID($0) }
                let trace = delivery.header("traceparent")
                draft.traceParent = trace?.string.flatMap { TraceParent($0) }
                return IntakeDraft(
                    draft: draft,
                    lanePriority: Priority(word: delivery.routingKey),
                    body: body,
                    contentType: contentType,
                    queue: delivery.consumer.queue,
                    hasBadTrace: trace != nil && draft.traceParent == nil
                )
            }
        }
    }

    static func task(_ delivery: Delivery) -> Result<DispatchedTask, UnreadableMessage> {
        read(delivery) { TaskCodec.decode($0, contentType: $1) }
    }

    static func outcomes(_ delivery: Delivery) -> Result<OutcomeMessage, UnreadableMessage> {
        read(delivery) { OutcomeCodec.decode($0, contentType: $1) }
    }

    static func fleet(_ delivery: Delivery) -> Result<FleetMessage, UnreadableMessage> {
        read(delivery) { FleetCodec.decode($0, contentType: $1) }
    }

    static func order(_ delivery: Delivery) -> Result<ControlOrder, UnreadableMessage> {
        read(delivery) { ControlCodec.decode($0, contentType: $1) }
    }

    /// Whatever lies on `dead` can be archived.
    static func dead(_ delivery: Delivery) -> DeadMessage {
        let headers = delivery.headers
        let text = { (key: String) in headers[key]?.string }
        return DeadMessage(
            task: delivery.messageID.flatMap { TaskID($0) },
            number: headers[MessageKey.number]?.integer.flatMap { $0 > 0 ? DispatchNumber($0) : nil },
            reason: text(MessageKey.reason) ?? text("x-first-death-reason") ?? "unknown",
            firstQueue: text(MessageKey.queue) ?? text("x-first-death-queue"),
            body: delivery.body,
            contentType: delivery.contentType
        )
    }

    private static func read<Item>(
        _ delivery: Delivery,
        _ decode: (_ body: [UInt8], _ contentType: String?) -> Result<Item, WireFault>
    ) -> Result<Item, UnreadableMessage> {
        let body = delivery.body
        let contentType = delivery.contentType
        let result: Result<Item, WireFault> =
            delivery.isTruncated
            ? .failure(WireFault(.tooLarge, "the message has \(delivery.bodyBytes) bytes, the first \(body.count) are kept"))
            : decode(body, contentType)
        return result.mapError {
            UnreadableMessage(
                body: body,
                contentType: contentType,
                reason: $0.reason,
                explanation: $0.text,
                queue: delivery.consumer.queue
            )
        }
    }
}
