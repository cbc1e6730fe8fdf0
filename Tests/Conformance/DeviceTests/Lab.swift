import DeviceAdapter
import Domain
import Foundation
import Logging
import OLTSimulator
import Reactor
import SNMP
import SNMPSupport
import Synchronization
import TestSupport

/// A simulated OLT, and the gateway that asks it: engine and profiles as a worker has them.
struct Lab {
    static let address = "127.33.0.1"
    private static let resolver = BlockingPool(name: "lab", threads: 2)

    let simulator: Simulator
    let gateway: SNMPGateway
    private let engine: SNMPEngine

    init(_ source: SimulatorSettings.Group.Source, faults: Faults = Faults()) throws {
        guard let address = OLTSimulator.DeviceAddress(Self.address) else { throw Unfit("no address") }
        simulator = try Simulator(
            SimulatorSettings(groups: [.init(addresses: [address], source: source, faults: faults)], port: 0)
        )
        try simulator.start()
        engine = SNMPEngine(reactor: SNMPThread.shared, logger: Logger(label: "lab"))
        gateway = SNMPGateway(
            engine: engine,
            profiles: try Self.shelf(),
            seal: OpenSeal(),
            resolver: Self.resolver,
            settings: SNMPGateway.Settings()
        )
    }

    static func shelf() throws -> ProfileShelf {
        try ProfileShelf(folder: "\(Recordings.packageRoot)/deploy/profiles")
    }

    /// Visits the device; the simulator ends with it.
    static func visit<Answer>(
        _ source: SimulatorSettings.Group.Source,
        profile: String,
        faults: Faults = Faults(),
        _ body: (Visit) async throws -> Answer
    ) async throws -> Answer {
        let lab = try Lab(source, faults: faults)
        defer { lab.simulator.stop() }
        return try await lab.visit(profile: profile, body)
    }

    func visit<Answer>(
        profile: String,
        revision: Int = 1,
        onStep: @escaping @Sendable (RunStep) -> Void = { _ in },
        _ body: (Visit) async throws -> Answer
    ) async throws -> Answer {
        let steps = Steps()
        let access = DeviceAccess(
            olt: OLTID(1),
            name: "lab",
            address: Domain.DeviceAddress(host: Self.address, port: simulator.port),
            version: .v2c,
            profile: profile,
            limits: Domain.DeviceLimits(pdusPerSecond: 1000, attempts: 3),
            credentials: SealedCredentials(bytes: [], revision: revision)
        )
        let permission = SendPermission(
            number: nil,
            refusal: { _ in nil },
            progress: { step in
                steps.add(step)
                onStep(step)
            }
        )
        let session = try await gateway.open(access, permission: permission)
        do {
            let answer = try await body(Visit(session: session, steps: steps))
            await session.close()
            return answer
        } catch {
            await session.close()
            throw error
        }
    }

    func setFaults(_ faults: Faults) {
        guard let address = OLTSimulator.DeviceAddress(Self.address) else { return }
        simulator.setFaults(faults, at: [address])
    }

    /// By the device's own account.
    var requests: Int { simulator.reports.reduce(0) { $0 + $1.account.requests } }
}

/// A session and what it said of its progress.
struct Visit {
    let session: any DeviceSession
    let steps: Steps
}

final class Steps: Sendable {
    private let content = Mutex<[RunStep]>([])

    var all: [RunStep] { content.withLock { $0 } }
    var parts: [RunPart] { all.compactMap(\.part) }

    func add(_ step: RunStep) {
        content.withLock { $0.append(step) }
    }
}

/// Why a test cannot be made.
struct Unfit: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Every device's community is `public`.
private struct OpenSeal: CredentialSeal {
    func seal(_ credentials: Credentials, for olt: OLTID, revision: Int) throws(SealError) -> SealedCredentials {
        SealedCredentials(bytes: credentials.community, revision: revision)
    }

    func open(_ sealed: SealedCredentials, for olt: OLTID) throws(SealError) -> Credentials {
        Credentials(community: Array("public".utf8))
    }
}

extension Survey {
    var byIndex: [String: ONUObservation] {
        Dictionary(observations.map { ($0.index, $0) }) { first, _ in first }
    }
}
