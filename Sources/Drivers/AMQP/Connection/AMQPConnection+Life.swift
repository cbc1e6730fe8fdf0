internal import CRabbitMQ
internal import Reactor

extension AMQPConnection {
    /// Refuses further publishes, waits until every message sent has its answer and every settlement is written, then
    /// says good-bye.
    ///
    /// After `limit` what is open is answered `unconfirmed`. Idempotent.
    package func close(within limit: Duration = .seconds(5)) async {
        beginClose(within: limit)
        _ = await waitUntilClosed()
    }

    /// Like `close`, without waiting.
    ///
    /// Any thread.
    package nonisolated func requestClose(within limit: Duration = .seconds(5)) {
        reactor.post { self.assumeIsolated { $0.beginClose(within: limit) } }
    }

    /// Waits for the end of the connection, whoever causes it.
    package func waitUntilClosed() async -> AMQPError {
        if case .closed(let reason) = state { return reason }
        return await withCheckedContinuation { closers.append($0) }
    }

    var isClosing: Bool { drainDeadline != nil }

    private func beginClose(within limit: Duration) {
        guard handle != nil else { return }
        let deadline = ContinuousClock.now + limit
        drainDeadline = min(drainDeadline ?? deadline, deadline)
        _ = reactor.schedule(after: limit) { self.assumeIsolated { $0.closeIfDrained(orLate: true) } }
        // The end of this turn writes the settlements; the next one looks again.
        reactor.post { self.assumeIsolated { $0.closeIfDrained(orLate: false) } }
    }

    func closeIfDrained(orLate late: Bool) {
        guard isClosing, let handle, late || (queue.isEmpty && handle.pendingBytes == 0) else { return }
        if !late, let span = graceLeft(after: channels.lastSettled) {
            _ = reactor.schedule(after: span) { self.assumeIsolated { $0.closeIfDrained(orLate: false) } }
            return
        }
        let failure = AMQPFailure(operation: "close", endpoint: endpoint.description, code: 200, text: "closed here", connectionLost: true)
        fail(.closed(failure), politely: !late)
    }

    /// What is left of `AMQPSettings.settleGrace`; `nil` when nothing is.
    func graceLeft(after settled: ContinuousClock.Instant?) -> Duration? {
        guard let settled, handle != nil else { return nil }
        let left = settled + AMQPSettings.settleGrace - .now
        return left > .zero ? left : nil
    }

    /// Lets others have the thread for so long.
    func pause(_ span: Duration) async {
        await withCheckedContinuation { waiter in
            _ = reactor.schedule(after: span) { waiter.resume() }
        }
    }

    /// Heartbeats both ways, and the watch over confirms.
    func watchOver(now: ContinuousClock.Instant) {
        guard let handle else { return }
        if let heartbeat = handle.heartbeat {
            guard now - max(lastHeard, handle.lastAnswer) < heartbeat * 2 else {
                lose("heartbeat", BrokerFailure(scope: .FLOTILLA_AMQP_SCOPE_LIBRARY, text: "the broker was silent for \(heartbeat * 2)"))
                return
            }
            if now - lastSent >= heartbeat / 2 { handle.beat() }
        }
        if isBlocked {
            let given = queue.giveUp(startedBefore: now - settings.confirmTimeout, .blocked)
            counters.add { $0.unconfirmed += given }
            return
        }
        guard queue.unconfirmedCount > 0, now - queue.lastProgress > settings.confirmTimeout else { return }
        lose("publish", BrokerFailure(scope: .FLOTILLA_AMQP_SCOPE_LIBRARY, text: "no confirm for \(settings.confirmTimeout)"))
    }
}
