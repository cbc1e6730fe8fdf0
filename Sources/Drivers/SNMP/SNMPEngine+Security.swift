internal import Logging

/// Version 3: engines, their clocks, and what devices report about both.
///
/// All of it on the SNMP thread.
extension SNMPEngine {
    /// Requests in a row that may be sent again because the device told its engine or its clock anew: one each.
    private static let resyncsMax = 2

    /// A report is the answer to a probe, a clock that must be kept, or a refusal.
    func reported(_ fault: SecurityFault, _ device: DeviceSession) {
        guard let flight = land(device) else { return }
        counted.reports += 1
        device.memory.times.answered(after: flight.sentAt.duration(to: clock.now))
        device.noteAnswered(flight.request)
        device.memory.isSilent = false
        device.hasOnlyMetEngine = true
        noteEngine(of: device)
        if let exchange = device.current {
            switch fault {
            case .unknownEngine where flight.isProbe:
                pauseOrSend(after: .zero, device)
            case .unknownEngine, .clockWindow:
                device.resynced += 1
                if device.resynced <= Self.resyncsMax {
                    pauseOrSend(after: .zero, device)
                } else {
                    // The next request begins with a probe.
                    device.session.engine = nil
                    device.memory.engine = nil
                    perform(exchange.failed(.denied(fault), now: clock.now), device)
                }
            case .unknownUser, .wrongPassword, .wrongPrivacy, .unsupportedLevel, .unknownContext, .unsecuredAnswer, .forgedAnswer,
                .unreadableAnswer, .foreignAnswer, .silence, .other:
                perform(exchange.failed(.denied(fault), now: clock.now), device)
            }
        } else {
            counted.late += 1
        }
        advance(device)
        serveQueue(after: device)
    }

    private func noteEngine(of device: DeviceSession) {
        let engine = device.session.engine
        device.memory.engine = engine
        guard let engine, let conflict = engines.meet(engine.id, at: device.target.endpoint) else { return }
        counted.sharedEngines += 1
        logger.warning(
            "two addresses show one snmp engine id",
            metadata: ["snmp.device": "\(conflict.second)", "snmp.other": "\(conflict.first)", "snmp.engine": "\(conflict.hexadecimal)"]
        )
    }
}
