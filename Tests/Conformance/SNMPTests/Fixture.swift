import Logging
import Reactor
import SNMPSupport
import TestSupport

@testable import SNMP

/// An engine on the shared thread, with every session closed afterwards.
@discardableResult
func withEngine<R>(_ settings: SNMPSettings = SNMPSettings(), _ body: (SNMPEngine) async throws -> R) async throws -> R {
    let engine = SNMPEngine(reactor: SNMPThread.shared, settings: settings, logger: Logger(label: "snmp-tests"))
    do {
        let result = try await body(engine)
        await engine.closeAll()
        return result
    } catch {
        await engine.closeAll()
        throw error
    }
}

extension DeviceLimits {
    /// Short waits and no rate, for devices on the same machine.
    static var quick: DeviceLimits {
        var limits = DeviceLimits()
        limits.requestsPerSecond = 0
        limits.timeoutStart = .milliseconds(200) * patience
        limits.timeoutMin = .milliseconds(100) * patience
        limits.timeoutMax = .milliseconds(400) * patience
        return limits
    }
}

extension DeviceLimits {
    /// No rate and waits that no busy machine exceeds, for devices that answer.
    static var honest: DeviceLimits {
        var limits = DeviceLimits()
        limits.requestsPerSecond = 0
        limits.timeoutMin = .seconds(2)
        return limits
    }

    /// One try with a long wait, for what must be seen under way.
    static var patient: DeviceLimits {
        var limits = DeviceLimits.quick
        limits.timeoutMax = .seconds(4)
        limits.timeoutStart = .seconds(4)
        limits.retries = 0
        return limits
    }
}

/// A column of a scripted device: `count` rows below `root`.
func column(_ root: OID, _ count: Int, value: (Int) -> SNMPValue = { .gauge(UInt32($0)) }) -> [VarBind] {
    (0..<count).map { VarBind(name: root.appending([UInt32($0)]), value: value($0)) }
}
