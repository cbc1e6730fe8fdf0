internal import Logging

/// The life of one datagram: rate, slot, guard, send, answer or timeout.
///
/// All of it on the SNMP thread.
extension SNMPEngine {
    func submit(_ exchange: any PendingExchange, to device: DeviceSession) {
        device.waiting.append(exchange)
        advance(device)
    }

    /// Starts what waits, if nothing is under way.
    func advance(_ device: DeviceSession) {
        while device.current == nil, case .idle = device.state, !device.waiting.isEmpty {
            let exchange = device.waiting.removeFirst()
            device.current = exchange
            device.resynced = 0
            perform(exchange.start(now: clock.now), device)
        }
    }

    /// The caller advances afterwards.
    func perform(_ effect: ExchangeEffect, _ device: DeviceSession) {
        switch effect {
        case .send(let outgoing):
            device.outgoing = outgoing
            let pause = outgoing.failures == 0 ? .zero : pauseBefore(outgoing, device)
            pauseOrSend(after: pause, device)
        case .finish:
            device.outgoing = nil
            let exchange = device.current
            device.current = nil
            exchange?.resume()
        }
    }

    /// A random part of the wait: devices that failed together shall not be asked again together.
    private func pauseBefore(_ outgoing: Outgoing, _ device: DeviceSession) -> Duration {
        device.memory.times.timeout(failures: outgoing.failures) * Double.random(in: 0.05...0.25)
    }

    func pauseOrSend(after pause: Duration, _ device: DeviceSession, hasTurn: Bool = false) {
        let pause = max(pause, device.memory.wait(now: clock.now))
        guard pause > .zero else { return takeSlot(device, hasTurn: hasTurn) }
        let timer = schedule(after: pause) {
            device.state = .idle
            self.pauseOrSend(after: .zero, device)
            self.advance(device)
        }
        device.state = .pausing(timer)
    }

    /// Sessions with one device take turns: who has just had an answer stands behind those that wait.
    private func takeSlot(_ device: DeviceSession, hasTurn: Bool) {
        guard device.memory.inFlight < device.limits.inFlightMax, hasTurn || device.memory.turns.count == 0 else {
            device.state = .waitingForTurn
            device.memory.turns.append(device.id)
            return
        }
        guard inFlight < settings.inFlightMax else {
            device.state = .waitingForSlot
            queue.append(device.id)
            return
        }
        send(device)
    }

    private func send(_ device: DeviceSession) {
        guard let exchange = device.current, let outgoing = device.outgoing else { return }
        device.state = .idle
        let now = clock.now
        if let refusal = exchange.mayStillSend(now) {
            counted.refusedSends += 1
            return perform(exchange.stopped(.notSent(refusal)), device)
        }
        let timeout = device.memory.times.timeout(failures: outgoing.failures)
        device.doubt = nil
        do throws(SNMPSession.SendFailure) {
            let isProbe = device.target.user != nil && device.session.engine == nil
            let request = isProbe ? try device.session.probe() : try device.session.send(outgoing)
            if isProbe { counted.probes += 1 }
            device.memory.bucket.take()
            exchange.sent()
            counted.requests += 1
            if outgoing.failures > 0 { counted.retries += 1 }
            inFlight += 1
            device.memory.inFlight += 1
            let timer = schedule(after: timeout) { self.timedOut(device) }
            device.state = .inFlight(
                DeviceSession.Flight(request: request, isProbe: isProbe, sentAt: now, endsAt: now + timeout, timer: timer)
            )
        } catch {
            perform(exchange.failed(failure(of: error), now: now), device)
        }
    }

    private func failure(of error: SNMPSession.SendFailure) -> AttemptFailure {
        switch error {
        case .tooLong: return .tooLong
        case .socket(let systemError):
            counted.unreachable += 1
            return .unreachable(systemError: systemError)
        case .library:
            counted.malformed += 1
            return .malformed
        }
    }

    /// The next session with the same device, if another one waits.
    private func passTurn(of device: DeviceSession) {
        while device.memory.inFlight < device.limits.inFlightMax, let id = device.memory.turns.popFirst() {
            guard let next = devices[id], case .waitingForTurn = next.state else { continue }
            next.state = .idle
            pauseOrSend(after: .zero, next, hasTurn: true)
            advance(next)
        }
    }

    /// Gives the turn at the device, and free slots, to those that wait.
    func serveQueue(after device: DeviceSession) {
        passTurn(of: device)
        serveQueue()
    }

    private func serveQueue() {
        while inFlight < settings.inFlightMax, let id = queue.popFirst() {
            guard let device = devices[id], case .waitingForSlot = device.state else { continue }
            send(device)
            advance(device)
        }
    }

    // MARK: What comes back

    func readable(_ id: SNMPDevice) {
        guard let device = devices[id] else { return }
        switch device.session.read() {
        case .nothing: return
        case .answer(let answer): answered(answer, device)
        case .stray(let request): stray(request, device)
        case .malformed:
            counted.malformed += 1
            device.doubt = device.doubt ?? .malformed
        case .untrusted(let fault):
            counted.untrusted += 1
            device.doubt = .untrusted(fault)
        case .report(let fault): reported(fault, device)
        case .unreachable(let systemError):
            counted.unreachable += 1
            attemptFailed(.unreachable(systemError: systemError), device)
        }
    }

    private func answered(_ answer: Answer, _ device: DeviceSession) {
        guard let flight = land(device) else { return }
        let now = clock.now
        device.memory.times.answered(after: flight.sentAt.duration(to: now))
        device.noteAnswered(flight.request)
        device.resynced = 0
        device.hasOnlyMetEngine = false
        device.memory.isSilent = false
        if answer.errorStatus == ErrorStatus.tooBig { counted.tooBig += 1 }
        if let exchange = device.current {
            counted.answers += 1
            let before = exchange.rowsAccepted
            let effect = exchange.answered(answer, now: now)
            counted.rows += exchange.rowsAccepted - before
            perform(effect, device)
        } else {
            counted.late += 1
        }
        advance(device)
        serveQueue(after: device)
    }

    private func stray(_ request: Int32, _ device: DeviceSession) {
        if let sentAt = device.takeGivenUp(request) {
            counted.late += 1
            device.memory.isSilent = false
            device.memory.times.answered(after: sentAt.duration(to: clock.now))
        } else if device.answered.contains(request) {
            counted.duplicates += 1
        } else {
            counted.mismatched += 1
        }
    }

    private func timedOut(_ device: DeviceSession) {
        counted.timeouts += 1
        attemptFailed(device.doubt ?? (device.hasOnlyMetEngine ? .untrusted(.silence) : .timedOut), device)
    }

    private func attemptFailed(_ failure: AttemptFailure, _ device: DeviceSession) {
        guard let flight = land(device) else { return }
        device.session.giveUp()
        device.noteGivenUp(flight)
        if let exchange = device.current {
            logger.debug(
                "snmp attempt failed",
                metadata: ["snmp.device": "\(device.target)", "snmp.failure": "\(failure)"]
            )
            let effect = exchange.failed(failure, now: clock.now)
            if effect == .finish, failure.isSilence { device.memory.isSilent = true }
            perform(effect, device)
        }
        advance(device)
        serveQueue(after: device)
    }

    /// Ends a flight and gives its slot back.
    func land(_ device: DeviceSession) -> DeviceSession.Flight? {
        guard case .inFlight(let flight) = device.state else { return nil }
        cancel(flight.timer)
        device.state = .idle
        inFlight -= 1
        device.memory.inFlight -= 1
        return flight
    }

    // MARK: Giving up

    /// A datagram under way stays so: the device is occupied until the answer or the timeout.
    func cancel(_ ticket: UInt64, of id: SNMPDevice) {
        guard let device = devices[id] else { return }
        if let index = device.waiting.firstIndex(where: { $0.ticket == ticket }) {
            let exchange = device.waiting.remove(at: index)
            counted.cancelled += 1
            _ = exchange.stopped(.cancelled)
            exchange.resume()
        } else if let exchange = device.current, exchange.ticket == ticket {
            counted.cancelled += 1
            if !device.isInFlight { leaveState(device) }
            perform(exchange.stopped(.cancelled), device)
            advance(device)
        }
    }

    /// Leaves timers, the queue for slots and the slot itself.
    func leaveState(_ device: DeviceSession) {
        switch device.state {
        case .idle: break
        case .pausing(let timer): cancel(timer)
        case .waitingForTurn: device.memory.turns.remove(device.id)
        case .waitingForSlot: queue.remove(device.id)
        case .inFlight: _ = land(device)
        }
        device.state = .idle
    }
}
