import DeviceAdapter
import Domain
import Foundation
import Logging
import OLTSimulator
import Reactor
import SNMP

/// Engine and profiles in this process, as a worker has them, for one question to one device.
enum InspectionRun {
    /// Asks a device of the network.
    static func identify(_ target: SNMPTarget, _ shelf: ProfileShelf, name: String) async throws -> DeviceIdentity {
        try await with(target, shelf, name) { try await $0.identify() }
    }

    /// Serves a recording as a device and reads it with the profile.
    static func inspect(_ recording: String, _ profile: Profile) async throws -> Inspection {
        guard let address = OLTSimulator.DeviceAddress("127.64.0.1") else { throw CommandError(.failed, "no address of its own") }
        let simulator: Simulator
        do {
            simulator = try Simulator(SimulatorSettings(groups: [.init(addresses: [address], source: .recording(recording))], port: 0))
            try simulator.start()
        } catch {
            throw CommandError(.failed, "\(error)")
        }
        defer { simulator.stop() }
        for problem in simulator.problems { Terminal.note("\(problem); the line is left out") }
        let target = SNMPTarget(address: address.description, port: simulator.port, community: Array("public".utf8))
        return try await with(target, ProfileShelf([profile]), recording) { try await $0.inspect(profile) }
    }

    private static func with<Answer: Sendable>(
        _ target: SNMPTarget,
        _ shelf: ProfileShelf,
        _ name: String,
        _ body: (DeviceInspector) async throws -> Answer
    ) async throws -> Answer {
        let engine = SNMPEngine(
            reactor: ReactorThread(name: "snmp"),
            logger: Logger(label: "flotilla", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        do {
            let answer = try await body(DeviceInspector(engine: engine, target: target, shelf: shelf, name: name))
            await engine.closeAll()
            return answer
        } catch {
            await engine.closeAll()
            guard let error = error as? DeviceError else { throw error }
            throw CommandError(error.status, error.fault.message)
        }
    }
}

extension DeviceError {
    fileprivate var status: ExitStatus {
        switch self {
        case .silent, .unreachable: .nobodyAnswered
        default: .failed
        }
    }
}
