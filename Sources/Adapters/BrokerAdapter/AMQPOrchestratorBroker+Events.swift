internal import AMQP
package import Domain
internal import Wire

/// Events for whoever binds a queue to `flotilla.events`.
extension AMQPOrchestratorBroker: EventPublisher {
    /// Not kept on disk, and `mandatory`: the broker's return says that nobody listens.
    package func announce(_ events: [FleetEvent]) async -> [EventAnswer] {
        let messages = events.map { event in
            var message = AMQPMessage(exchange: Exchange.events, routingKey: event.type, body: Array(PayloadJSON.encode(event.facts).utf8))
            message.contentType = "application/json"
            message.type = "event"
            message.appID = MessageKey.application
            message.timestamp = event.at.microseconds / 1_000_000
            message.isPersistent = false
            if case .taskEnded(let end) = event {
                message.correlationID = end.task.description
                message.headers[MessageKey.traceParent] = end.traceParent.map { .string($0.description) }
            }
            return message
        }
        return await publish(messages).map { answer in
            switch answer {
            case .confirmed: .taken
            case .returned: .nobodyListens
            case .refused, .unconfirmed: .lost
            }
        }
    }
}
