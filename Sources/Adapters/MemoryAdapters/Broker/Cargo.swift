package import Domain

/// What a message in a queue holds, as its reader will see it.
package enum Cargo: Sendable {
    case draft(Result<IntakeDraft, UnreadableMessage>)
    case task(DispatchedTask)
    case report(OutcomeMessage)
    case word(FleetMessage)
    case dead(DeadMessage)

    /// How the bytes of a task look that comes back on the dead-letter queue.
    package struct TaskForm: Sendable {
        package let contentType: String
        package let encode: @Sendable (DispatchedTask) -> [UInt8]

        package init(contentType: String, encode: @escaping @Sendable (DispatchedTask) -> [UInt8]) {
            self.contentType = contentType
            self.encode = encode
        }

        /// Kind and id, for whoever has no codec.
        package static let words = TaskForm(contentType: "text/plain") { Array("\($0.kind) \($0.id)".utf8) }
    }

    /// The message as it lies on the dead-letter queue; nothing for what is never given up.
    func buried(because reason: String, from queue: String, form: TaskForm) -> DeadMessage? {
        switch self {
        case .task(let task):
            DeadMessage(
                task: task.id,
                number: task.number,
                reason: reason,
                firstQueue: queue,
                body: form.encode(task),
                contentType: form.contentType
            )
        case .draft(.success(let draft)):
            DeadMessage(
                task: draft.draft.id,
                number: nil,
                reason: reason,
                firstQueue: queue,
                body: draft.body,
                contentType: draft.contentType
            )
        case .draft(.failure(let message)):
            DeadMessage(task: nil, number: nil, reason: reason, firstQueue: queue, body: message.body, contentType: message.contentType)
        case .report, .word, .dead: nil
        }
    }
}
