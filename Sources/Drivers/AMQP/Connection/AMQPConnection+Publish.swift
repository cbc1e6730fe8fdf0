internal import Logging
internal import Reactor

extension AMQPConnection {
    /// Publishes with confirm and waits for what becomes of each message, in the order given.
    ///
    /// Never throws.
    ///
    /// Concurrent calls share a window of `AMQPSettings.unconfirmedMax` messages, in the order of the calls. When the
    /// task is cancelled the call returns at once, with `unconfirmed(.cancelled)` for what is not answered yet.
    package func publish(_ messages: [AMQPMessage]) async -> [PublishResult] {
        guard !messages.isEmpty else { return [] }
        if Task.isCancelled { return refused(messages, .cancelled) }
        switch state {
        case .closed(let reason): return refused(messages, .connectionLost(reason))
        case .opening: return refused(messages, .notConnected)
        case .open: if isClosing { return refused(messages, .closing) }
        }
        let ticket = queue.nextTicket()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                queue.append(PublishBatch(ticket: ticket, messages: messages, started: .now, waiter: waiter))
                if Task.isCancelled { giveUp(ticket) }
                // What was posted in this turn is encoded and sent at its end.
            }
        } onCancel: {
            reactor.post { self.assumeIsolated { $0.giveUp(ticket) } }
        }
    }

    private func refused(_ messages: [AMQPMessage], _ reason: UnconfirmedReason) -> [PublishResult] {
        counters.add { $0.unconfirmed += messages.count }
        return Array(repeating: .unconfirmed(reason), count: messages.count)
    }

    private func giveUp(_ ticket: UInt64) {
        let count = queue.giveUp(ticket: ticket, .cancelled)
        counters.add { $0.unconfirmed += count }
    }

    /// Encodes what waits, as far as the window, the buffer and the broker allow.
    func sendWaiting() {
        guard let handle, !queue.isEmpty, !isBlocked else { return }
        var sent = 0
        while handle.pendingBytes < AMQPSettings.outgoingBytesMax, let token = queue.nextToSend() {
            guard let channel = publishingChannel() else {
                queue.resolve(token, .unconfirmed(.channelClosed(code: 0, text: "no channel to publish on")))
                if self.handle == nil { return }
                continue
            }
            let message = token.batch.messages[token.index]
            sent += 1
            let messageID =
                message.messageID.isEmpty && message.isMandatory ? "\(id)-\(token.batch.ticket)-\(token.index)" : message.messageID
            if handle.publish(message, messageID: messageID, on: channel) {
                queue.sent(token, messageID: message.isMandatory ? messageID : "", now: .now)
            } else {
                queue.resolve(token, .unsendable)
            }
        }
        if sent > 0 { counters.add { $0.published += sent } }
    }

    /// Opens the publishing channel on first use, and again after the broker closed it.
    private func publishingChannel() -> UInt16? {
        if let publishChannel { return publishChannel }
        guard let handle, let number = channels.freeNumber() else { return nil }
        do {
            try handle.openChannel(number)
            try handle.confirmSelect(number)
        } catch {
            settleRequestFailure("open the publishing channel", error, channel: number)
            return nil
        }
        channels.add(number, serial: channels.nextSerial(), consumer: nil)
        publishChannel = number
        return number
    }

    // MARK: What the broker answers

    func confirm(_ number: UInt64, multiple: Bool, accepted: Bool) {
        var change = AMQPCounters.Snapshot()
        let known = queue.settle(number, multiple: multiple, accepted: accepted, now: .now) { result in
            switch result {
            case .confirmed: change.confirmed += 1
            case .nacked: change.nacked += 1
            case .returned: change.returned += 1
            case .unconfirmed, .unsendable: break
            }
        }
        counters.add {
            $0.confirmed += change.confirmed
            $0.nacked += change.nacked
            $0.returned += change.returned
            $0.unexpected += known ? 0 : 1
        }
    }

    func returned(messageID: String, code: UInt16, text: String) {
        guard !queue.noteReturn(messageID: messageID, code: code, text: text) else { return }
        counters.add { $0.unexpected += 1 }
        logger.warning("a return matches no message that was published", metadata: ["amqp.code": "\(code)", "amqp.text": "\(text)"])
    }
}
