internal import Reactor

extension AMQPConnection {
    /// Starts a consumer on a channel of its own.
    ///
    /// Another prefetch needs another consumer: `basic.qos` does not change a running one.
    /// The prefetch is the number of deliveries in hand, 1…65535.
    package func consume(
        _ queue: String,
        prefetch: UInt16,
        isExclusive: Bool = false,
        arguments: AMQPTable = [:]
    ) throws(AMQPError) -> Consumer {
        let operation = "consume \(queue)"
        let handle = try openHandle(operation)
        defer { pumpSoon() }
        precondition(prefetch > 0, "a prefetch of 0 would mean no limit")
        guard let channel = channels.freeNumber() else {
            throw .invalidRequest(failure(operation, .noChannel, connectionLost: false))
        }
        let serial = channels.nextSerial()
        let consumer = Consumer(
            id: Consumer.ID(connection: id, channelSerial: serial),
            queue: queue,
            prefetch: prefetch,
            channel: channel
        )
        do {
            try handle.openChannel(channel)
            channels.add(channel, serial: serial, consumer: consumer)
            try handle.prefetch(prefetch, on: channel)
            try handle.consume(queue, tag: consumer.tag, exclusive: isExclusive, arguments: arguments, on: channel)
        } catch {
            let reason = settleRequestFailure(operation, error, channel: channel)
            // A name that cannot be sent leaves the channel open.
            if case .invalidRequest = reason {
                try? handle.closeChannel(channel)
                forget(channel)
            }
            throw reason
        }
        return consumer
    }

    /// Ends the flow of deliveries.
    ///
    /// The channel stays, so that what is in hand can be settled; deliveries that were under way still arrive. A
    /// consumer that is gone already is fine.
    package func cancel(_ consumer: Consumer) throws(AMQPError) {
        guard isCurrent(consumer), let handle else { return }
        defer { pumpSoon() }
        do {
            try handle.cancel(tag: consumer.tag, on: consumer.channel)
        } catch {
            throw settleRequestFailure("cancel \(consumer.queue)", error, channel: consumer.channel)
        }
    }

    /// Closes the consumer's channel.
    ///
    /// What is still in hand goes back to the queue and counts as a delivery: wait for `unsettledCount` to reach 0
    /// first.
    package func closeChannel(of consumer: Consumer) async throws(AMQPError) {
        // Acks that were posted before this call go first.
        writePostedSettlements()
        while let span = graceLeft(after: channels[consumer.channel]?.lastSettled), isCurrent(consumer) { await pause(span) }
        guard isCurrent(consumer), let handle else { return }
        defer { pumpSoon() }
        do {
            try handle.closeChannel(consumer.channel)
            forget(consumer.channel)
        } catch {
            throw settleRequestFailure("close the channel of \(consumer.queue)", error, channel: consumer.channel)
        }
    }

    /// Deliveries in hand that were not settled yet.
    package func unsettledCount(of consumer: Consumer) -> Int {
        writePostedSettlements()
        return channels.unsettledCount(of: consumer)
    }

    /// Acknowledges or rejects.
    ///
    /// Never waits; written at the end of the connection's turn. Any thread.
    package nonisolated func settle(_ settlements: [Settlement]) {
        guard !settlements.isEmpty, outbox.append(settlements) else { return }
        reactor.post {}
    }

    private func isCurrent(_ consumer: Consumer) -> Bool {
        consumer.id.connection == id && channels[consumer.channel]?.serial == consumer.id.channelSerial
    }
}
