import BrokerAdapter
import DeviceAdapter
import Domain
import Foundation
import HTTPAPI
import LeaseAdapter
import Logging
import Operations
import Reactor
import SNMP
import SealAdapter
import ServiceLifecycle
import Telemetry
import UnixSignals
import WorkerRuntime

/// `flotilla-worker`: settings → parts → services.
package enum WorkerProgram {
    package static func main() async -> Never {
        await Program.run("flotilla-worker", about: "runs tasks: takes them from lanes, one heavy operation per OLT at a time") {
            reader,
            log in
            try await run(reader, log)
        }
    }

    private static func run(_ reader: SettingReader, _ log: Logger) async throws {
        let settings = try FleetSettings(reader)
        let profiles: ProfileShelf
        do { profiles = try ProfileShelf(folder: settings.profileFolder) } catch { throw StartupError("\(error)") }
        var gateway = SNMPGateway.Settings()
        gateway.witness = try reader.bool(.witness)
        var runtime = WorkerSettings()
        runtime.slots = try reader.slots() ?? SlotPlan.slots(cpus: ProcessInfo.processInfo.activeProcessorCount)
        runtime.lease = settings.lease
        runtime.beatEvery = settings.beatEvery
        var chance = SystemRandomNumberGenerator()
        let profile = WorkerProfile(
            id: WorkerID(hostname: Machine.hostname, pid: Machine.pid, using: &chance),
            hostname: Machine.hostname,
            pid: Machine.pid,
            version: Version.text,
            labels: try reader.pairs(.workerLabels) ?? [:]
        )

        let link = try ServerLink(logger: log)
        let leases = try await link.leases(url: settings.redisURL, span: settings.lease.span)
        let snmp = ReactorThread(name: "flotilla-snmp")
        let engine = SNMPEngine(reactor: snmp, logger: log)
        let devices = SNMPGateway(
            engine: engine,
            profiles: profiles,
            seal: settings.seal,
            resolver: link.blocking,
            settings: gateway
        )
        let endpoint = try link.broker(url: settings.brokerURL)
        try await BrokerDoor.knock(endpoint, name: profile.id.text, log: log)
        let broker = AMQPWorkerBroker(
            endpoint,
            name: profile.id.text,
            worker: profile.id,
            log: log,
            now: TimeSource.system.wall
        )
        let worker = try Worker(
            profile: profile,
            broker: broker,
            leases: leases,
            operations: [
                Noop(), Fail(), SNMPDiscovery(devices: devices), SNMPGet(devices: devices), SNMPWalk(devices: devices),
                SNMPProbe(devices: devices),
            ],
            time: .system,
            settings: runtime,
            log: log,
            setLogLevel: { LogDial.shared.turn(to: $0) }
        )
        let stopping = StopSign()
        let side = try sideServer(reader, worker, stopping, leaseTrouble: { await leases.complaint() }, log)
        try await serve(worker, broker, side, stopping, log)
        await engine.closeAll()
        await leases.close()
        snmp.stop()
        link.stop()
    }

    /// The listener for metrics and health; `nil` unless a port is set.
    private static func sideServer(
        _ reader: SettingReader,
        _ worker: Worker,
        _ stopping: StopSign,
        leaseTrouble: @escaping @Sendable () async -> String?,
        _ log: Logger
    ) throws(StartupError) -> SideServer? {
        guard reader.optional(.workerHTTPPort) != nil else { return nil }
        return SideServer(
            port: try reader.whole(.workerHTTPPort, in: 0...65_535),
            version: Version.text,
            stopping: stopping,
            dependencies: {
                let broker = worker.figures.isConnected ? nil : "not connected"
                return [(name: "broker", trouble: broker), (name: "lease store", trouble: await leaseTrouble())]
            },
            metrics: {
                var text = MetricsText()
                text.add(ProcessFigures.now(), program: "flotilla-worker", version: Version.text)
                text.add(worker.figures, leaseTrouble: await leaseTrouble())
                return text.text
            },
            log: log,
            listening: { port in
                log.notice("metrics and health answer", metadata: ["http.address": "\(SideServer.host):\(port)"])
            }
        )
    }

    /// The first signal drains, the second one cuts the drain short.
    private static func serve(
        _ worker: Worker,
        _ broker: AMQPWorkerBroker,
        _ side: SideServer?,
        _ stopping: StopSign,
        _ log: Logger
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
            group.addTask { await broker.run() }
            if let side {
                group.addTask {
                    do {
                        try await side.run()
                    } catch {
                        // The work goes on without its figures.
                        guard !Task.isCancelled else { return }
                        log.error("the worker's metrics do not answer", metadata: ["error": "\(error)"])
                    }
                }
            }
            group.addTask {
                var count = 0
                for await signal in signals {
                    count += 1
                    log.notice("signal received", metadata: ["signal": "\(signal)", "effect": count == 1 ? "drain" : "abort"])
                    stopping.raise()
                    if count == 1 { worker.stop() } else { worker.abort() }
                }
            }
            try await worker.run()
            await broker.close()
            group.cancelAll()
        }
    }
}
