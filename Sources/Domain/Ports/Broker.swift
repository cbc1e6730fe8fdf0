/// A message in hand: settle it once, under the connection it came through.
package struct DeliveryHandle: Hashable, Sendable {
    /// Grows with each connection: a delivery of an older one cannot be settled any more, the broker gives it again.
    package let connection: UInt64
    package let channel: UInt32
    package let tag: UInt64

    package init(connection: UInt64, channel: UInt32, tag: UInt64) {
        self.connection = connection
        self.channel = channel
        self.tag = tag
    }
}

/// How a delivery is settled.
///
/// Flotilla never returns one to its queue: each return counts against the delivery limit.
package enum Settlement: Hashable, Sendable {
    case acknowledge
    /// Rejected without requeue: the broker moves the original message to the dead-letter queue.
    case reject
}

/// A message that arrived: read, or not readable with the reason.
package struct Inbound<Item: Sendable>: Sendable {
    package let handle: DeliveryHandle
    package let content: Result<Item, UnreadableMessage>
    /// How often the broker gave it out before.
    package let redeliveries: Int

    package init(handle: DeliveryHandle, content: Result<Item, UnreadableMessage>, redeliveries: Int) {
        self.handle = handle
        self.content = content
        self.redeliveries = redeliveries
    }
}

extension UnreadableMessage: Error {}

/// One stream of messages from the broker.
///
/// It survives reconnects; whoever reads it settles each message exactly once.
package protocol Feed<Item>: Sendable {
    associatedtype Item: Sendable

    /// Batches as they arrive, in order of arrival. One reader.
    var batches: AsyncStream<[Inbound<Item>]> { get }

    /// Posts settlements and returns; nothing can be lost half-way. Handles of an older connection are ignored.
    func settle(_ handles: [DeliveryHandle], _ settlement: Settlement)
}

/// What became of a message that was published with confirm and `mandatory`.
package enum PublishAnswer: Hashable, Sendable {
    case confirmed
    /// No queue takes it.
    case returned(reason: String)
    /// The queue is full, or the broker failed.
    case refused
    /// The connection was lost, or the confirm did not come: it may have arrived.
    case unconfirmed(reason: String)
}

/// Dispatch: tasks to their lanes.
package protocol TaskPublisher: Sendable {
    /// - Returns: one answer per task, in order. Never throws: what is not known is `unconfirmed`.
    func publish(_ tasks: [DispatchedTask]) async -> [PublishAnswer]
}

/// Intake over AMQP: anyone's drafts.
package struct IntakeDraft: Sendable {
    package let draft: TaskDraft
    /// The priority of the queue it came through.
    package let lanePriority: Priority?
    /// The original message, for the archive when the draft is refused.
    package let body: [UInt8]
    package let contentType: String?
    package let queue: String
    /// It came with a trace that cannot be read and was ignored.
    package let hasBadTrace: Bool

    package init(
        draft: TaskDraft,
        lanePriority: Priority?,
        body: [UInt8],
        contentType: String?,
        queue: String,
        hasBadTrace: Bool = false
    ) {
        self.draft = draft
        self.lanePriority = lanePriority
        self.body = body
        self.contentType = contentType
        self.queue = queue
        self.hasBadTrace = hasBadTrace
    }
}

/// What workers say about themselves.
package enum FleetMessage: Hashable, Sendable {
    case registration(WorkerRegistration)
    case heartbeat(Heartbeat)
}

/// What workers report about tasks: outcomes in batches, and the parts of large results before them.
package enum OutcomeMessage: Hashable, Sendable {
    case outcomes([Outcome])
    case part(OutcomePart)
    /// An orchestrator's own word to itself.
    case marker(OutcomeMarker)
}

/// Once it has come back through the outcomes, everything before it has been recorded.
package struct OutcomeMarker: Hashable, Sendable {
    /// Who waits for it: one per orchestrator process.
    package let observer: String
    /// Grows with each marker of an observer.
    package let value: Int64

    package init(observer: String, value: Int64) {
        self.observer = observer
        self.value = value
    }
}

/// One numbered part of a device result that is too large for one message (≤ 1 MiB each).
package struct OutcomePart: Hashable, Sendable {
    package let number: DispatchNumber
    /// From 0.
    package let index: Int
    package let observations: [ONUObservation]

    package init(number: DispatchNumber, index: Int, observations: [ONUObservation]) {
        self.number = number
        self.index = index
        self.observations = observations
    }
}

/// A message on the dead-letter queue, with what the broker or a worker says about why.
package struct DeadMessage: Hashable, Sendable {
    package let task: TaskID?
    package let number: DispatchNumber?
    /// `x-first-death-reason` of the broker (`rejected`, `delivery_limit`, `maxlen` …) or `x-flotilla-reason`.
    package let reason: String
    package let firstQueue: String?
    package let body: [UInt8]
    package let contentType: String?

    package init(task: TaskID?, number: DispatchNumber?, reason: String, firstQueue: String?, body: [UInt8], contentType: String?) {
        self.task = task
        self.number = number
        self.reason = reason
        self.firstQueue = firstQueue
        self.body = body
        self.contentType = contentType
    }
}

/// How full a queue is, as the broker tells.
package struct QueueDepth: Hashable, Sendable {
    package let name: String
    /// Messages ready to be delivered.
    package let ready: Int
    package let consumers: Int

    package init(name: String, ready: Int, consumers: Int) {
        self.name = name
        self.ready = ready
        self.consumers = consumers
    }
}

/// The orchestrator's view of the broker.
package protocol OrchestratorBroker: TaskPublisher {
    var intake: any Feed<IntakeDraft> { get }
    var outcomes: any Feed<OutcomeMessage> { get }
    var fleet: any Feed<FleetMessage> { get }
    var dead: any Feed<DeadMessage> { get }
    /// Publishes an order to workers; `returned`: nobody is there, so one worker that is named is gone.
    func order(_ order: ControlOrder, to address: ControlAddress) async -> PublishAnswer
    /// Sends a marker behind every outcome that was confirmed so far, and waits for the confirm.
    func mark(_ marker: OutcomeMarker) async -> PublishAnswer
    /// Messages of a lane that nobody has in hand; `nil`: the broker does not tell.
    func ready(in lane: Lane) async -> Int?
    /// Depths of the lanes, the intake, `outcomes`, `fleet` and `dead`.
    func depths() async -> [QueueDepth]
    /// Whether publishing works now, else why not.
    func health() async -> BrokerHealth
}

package enum BrokerHealth: Hashable, Sendable {
    case connected
    /// Memory or disk alarm: the broker takes nothing.
    case blocked(reason: String)
    case disconnected(reason: String)
}
