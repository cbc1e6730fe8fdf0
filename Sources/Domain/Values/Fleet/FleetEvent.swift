/// Something that happened and was committed, for listeners outside: what, when, and ids to read the rest by.
package enum FleetEvent: Hashable, Sendable {
    /// The task is in a terminal state.
    case taskEnded(RecordedEnd)
    case workerRegistered(WorkerRegistration, at: Timestamp)
    case workerLost(WorkerID, at: Timestamp)
    /// A reading of an OLT showed it.
    case onu(ONUEvent)

    /// `nil` for an end after which the task goes on.
    package init?(_ end: RecordedEnd) {
        guard end.state.isTerminal else { return nil }
        self = .taskEnded(end)
    }

    /// Words with dots between, the most general first: the routing key on `flotilla.events`, and what streams are filtered by.
    package var type: String {
        switch self {
        case .taskEnded(let end): "task." + Self.word(of: end.state) + "." + end.kind
        case .workerRegistered: "worker.registered"
        case .workerLost: "worker.lost"
        case .onu(let event): Self.word(of: event)
        }
    }

    package var at: Timestamp {
        switch self {
        case .taskEnded(let end): end.finishedAt
        case .workerRegistered(_, let at), .workerLost(_, let at): at
        case .onu(let event): event.at
        }
    }

    /// What listeners get; what is unknown is `null`.
    package var facts: Payload {
        var facts: Payload = ["type": .text(type), "at": .text(at.description)]
        switch self {
        case .taskEnded(let end):
            facts["task"] = .text(end.task.description)
            facts["kind"] = .text(end.kind)
            facts["state"] = .text(end.state.word)
            facts["priority"] = .text(end.lane.priority.word)
            facts["class"] = .text(end.lane.taskClass.word)
            facts["attempt"] = .number(Double(end.attempt))
            facts["number"] = end.number.map { .number(Double($0.value)) } ?? .null
            facts["worker"] = Self.text(end.worker?.text)
            facts["reason"] = Self.text(end.reason?.rawValue)
            facts["errorClass"] = Self.text(end.errorClass)
            facts["createdAt"] = .text(end.createdAt.description)
            facts["startedAt"] = Self.text(end.startedAt?.description)
            facts["finishedAt"] = .text(end.finishedAt.description)
            facts["traceparent"] = Self.text(end.traceParent?.description)
        case .workerRegistered(let registration, _):
            facts["worker"] = .text(registration.id.text)
            facts["hostname"] = .text(registration.hostname)
            facts["version"] = .text(registration.version)
            facts["connection"] = .number(Double(registration.connection))
        case .workerLost(let worker, _):
            facts["worker"] = .text(worker.text)
        case .onu(let event):
            facts["olt"] = .number(Double(event.olt.value))
            facts["port"] = Self.text(event.port)
            facts["index"] = Self.text(event.index)
            facts["serial"] = Self.text(event.serial)
            facts["cause"] = Self.text(event.cause?.word)
            facts["count"] = .number(Double(event.count))
            facts["differences"] = .list(
                event.differences.map { ["field": .text($0.field), "before": .text($0.before), "after": .text($0.after)] }.map(
                    JSONValue.object
                )
            )
        }
        return facts
    }

    /// `onu.gone`, `port.up`, `port.down.power`: the cause comes behind, so that a listener may ask for one.
    private static func word(of event: ONUEvent) -> String {
        switch event.kind {
        case .portDown: event.cause.map { "port.down." + $0.word } ?? "port.down"
        case .portUp: "port.up"
        case .first, .new, .moved, .changed, .gone, .back, .down, .up: "onu." + event.kind.word
        }
    }

    /// Spelled out: a type is asked for once per task, and the general way to a word looks names up.
    private static func word(of state: TaskState) -> String {
        switch state {
        case .succeeded: "succeeded"
        case .dead: "dead"
        case .waiting, .blocked, .queued, .cancelled, .expired: state.word
        }
    }

    private static func text(_ text: String?) -> JSONValue { text.map(JSONValue.text) ?? .null }
}

/// Which events a listener wants: all, or those whose type begins with one of these words.
package struct EventFilter: Hashable, Sendable {
    /// What every type begins with; a task's kind comes behind it, and the cause behind `port.down`.
    package static let families = [
        "task.succeeded", "task.dead", "task.cancelled", "task.expired", "worker.registered", "worker.lost",
        "onu.first", "onu.new", "onu.moved", "onu.changed", "onu.gone", "onu.back", "onu.down", "onu.up", "port.down", "port.up",
    ]

    package let prefixes: [String]

    /// Prefixes end at a dot or at the end of a type: `task.dead` does not take `task.deadly.x`.
    package init(prefixes: [String] = []) {
        self.prefixes = prefixes
    }

    package func takes(_ type: String) -> Bool {
        prefixes.isEmpty
            || prefixes.contains { prefix in
                type.hasPrefix(prefix) && (type.utf8.count == prefix.utf8.count || type.dropFirst(prefix.count).first == ".")
            }
    }
}
