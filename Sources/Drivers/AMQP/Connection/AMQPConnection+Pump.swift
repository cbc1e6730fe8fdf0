internal import CRabbitMQ
internal import Logging
internal import Reactor

extension AMQPConnection {
    /// Reads and handles what there is.
    ///
    /// One bounded round; when the library has more in its buffer, the next turn goes on, because the socket would not
    /// tell.
    func pump() {
        guard let handle else { return }
        do {
            try handle.pump()
            handleCollected(handle)
        } catch {
            // What came before the failure still counts: confirms, and the reason in a connection.close.
            handleCollected(handle)
            lose("receive", error)
        }
        guard self.handle != nil else { return }
        if handle.hasMore { pumpSoon() }
        if isClosing { closeIfDrained(orLate: false) }
    }

    /// A request may leave frames in the library's buffer.
    func pumpSoon() {
        reactor.post { self.assumeIsolated { $0.pump() } }
    }

    private func handleCollected(_ handle: BrokerHandle) {
        if handle.deliveryCount > 0 { deliver(handle) }
        for signal in handle.signals {
            take(signal, handle)
            if self.handle == nil { return }
        }
    }

    private func deliver(_ handle: BrokerHandle) {
        var kept = handle.deliveries
        var consumers: [Consumer] = []
        consumers.reserveCapacity(kept.count)
        for delivery in kept {
            guard let consumer = channels.deliver(delivery.tag, on: delivery.channel) else { continue }
            consumers.append(consumer)
        }
        // A channel that was just closed from here may have had some under way: the broker requeues them.
        if consumers.count < kept.count { kept.removeAll { channels[$0.channel]?.consumer == nil } }
        guard !kept.isEmpty else { return }
        counters.add { $0.delivered += kept.count }
        let storage = DeliveryStorage(
            connection: id,
            deliveries: kept,
            consumers: consumers,
            fields: handle.fields,
            arena: handle.bytes
        )
        sink(.deliveries(DeliveryBatch(storage: storage)))
    }

    private func take(_ signal: flotilla_amqp_event, _ handle: BrokerHandle) {
        switch signal.kind {
        case .FLOTILLA_AMQP_EVENT_ACK where signal.channel == publishChannel:
            confirm(signal.tag, multiple: signal.flag, accepted: true)
        case .FLOTILLA_AMQP_EVENT_NACK where signal.channel == publishChannel:
            confirm(signal.tag, multiple: signal.flag, accepted: false)
        case .FLOTILLA_AMQP_EVENT_RETURN where signal.channel == publishChannel:
            returned(messageID: handle.text(signal.message_id), code: signal.code, text: handle.text(signal.text))
        case .FLOTILLA_AMQP_EVENT_CONSUMER_CANCEL:
            guard let consumer = channels[signal.channel]?.consumer else { return countUnexpected(signal) }
            sink(.consumerCancelled(consumer))
        case .FLOTILLA_AMQP_EVENT_CHANNEL_CLOSE:
            channelClosed(signal.channel, code: signal.code, text: handle.text(signal.text))
        case .FLOTILLA_AMQP_EVENT_CONNECTION_CLOSE:
            flush()
            lose(
                "stay connected",
                BrokerFailure(scope: .FLOTILLA_AMQP_SCOPE_CONNECTION, code: Int(signal.code), text: handle.text(signal.text))
            )
        case .FLOTILLA_AMQP_EVENT_BLOCKED: setBlocked(true, reason: handle.text(signal.text))
        case .FLOTILLA_AMQP_EVENT_UNBLOCKED: setBlocked(false, reason: "")
        case .FLOTILLA_AMQP_EVENT_ACK, .FLOTILLA_AMQP_EVENT_NACK, .FLOTILLA_AMQP_EVENT_RETURN, .FLOTILLA_AMQP_EVENT_DELIVERY,
            .FLOTILLA_AMQP_EVENT_OTHER:
            countUnexpected(signal)
        }
    }

    private func channelClosed(_ number: UInt16, code: UInt16, text: String) {
        let wasPublishing = publishChannel == number
        let entry = channels[number]
        forget(number)
        if wasPublishing {
            let lost = queue.channelLost(.channelClosed(code: code, text: text))
            counters.add { $0.unconfirmed += lost }
        }
        logger.warning("the broker closed a channel", metadata: ["amqp.code": "\(code)", "amqp.text": "\(text)"])
        sink(.channelClosed(entry?.consumer, code: code, text: text))
    }

    private func setBlocked(_ blocked: Bool, reason: String) {
        isBlocked = blocked
        if !blocked { queue.restartClock(now: .now) }
        sink(blocked ? .blocked(reason: reason) : .unblocked)
    }

    private func countUnexpected(_ signal: flotilla_amqp_event) {
        counters.add { $0.unexpected += 1 }
        logger.warning(
            "a frame that nobody expects",
            metadata: ["amqp.kind": "\(signal.kind.rawValue)", "amqp.method": "\(signal.method)", "amqp.channel": "\(signal.channel)"]
        )
    }
}
