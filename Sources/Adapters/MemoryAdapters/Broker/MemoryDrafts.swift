package import Domain

/// Any client that publishes drafts to the intake in memory.
package struct MemoryDrafts: Sendable {
    private let broker: MemoryBroker
    private let client: BrokerModel.ClientID

    package init(_ broker: MemoryBroker) {
        self.broker = broker
        client = broker.join { _ in }
    }

    /// Whatever key the intake does not know leads to `intake.normal`.
    package func publish(_ draft: TaskDraft, key: String, body: [UInt8] = [], contentType: String? = nil) -> PublishAnswer {
        let priority = Priority(word: key)
        let queue = QueueName.intake(priority ?? .normal)
        let draft = IntakeDraft(draft: draft, lanePriority: priority, body: body, contentType: contentType, queue: queue)
        return broker.change { $0.publish(.draft(.success(draft)), to: queue, by: client) }
    }

    /// A message that cannot be read as a draft.
    package func publish(unreadable message: UnreadableMessage) -> PublishAnswer {
        broker.change { $0.publish(.draft(.failure(message)), to: message.queue, by: client) }
    }
}
