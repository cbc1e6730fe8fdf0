import Foundation
import PrivateServers

/// The opening of `docs/faults.md`: where and of what the rows were played.
struct FaultHeader {
    let commit: String
    /// `debug` or `release`.
    let build: String
    /// Machine, versions and build, in a sentence or two.
    let circumstances: String
    let text: String

    /// Asks the machine and the package manager.
    init(_ machine: BenchMachine) async throws {
        let folder = try ScratchFolder("faults-versions")
        defer { folder.remove() }
        let versions = await BenchVersions(in: folder)
        let rabbitMQ = await Self.first(of: "dpkg-query", ["-W", "-f", "${Version}", "rabbitmq-server"], in: folder)
        let postgres = await Self.first(of: "dpkg-query", ["-W", "-f", "${Version}", "postgresql"], in: folder)
        let redis = await Self.first(of: "dpkg-query", ["-W", "-f", "${Version}", "redis-server"], in: folder)
        let load = machine.loadBefore.map { "\($0)" }.joined(separator: " ")
        commit = versions.commit
        build = versions.build
        circumstances = """
            \(versions.build) build. \(machine.cores) cores (\(machine.processor)), \(machine.memoryGiB) GiB, Linux \(machine.kernel), load before \
            \(load). RabbitMQ \(rabbitMQ), PostgreSQL \(postgres), Redis \(redis), Swift \(versions.swift).
            """
        text = """
            # Faults

            Written by `make faults`; a row is replaced when it is played again (`make faults ROWS=F03,F13`) and tells its own date and
            commit. Every row has servers, orchestrators, workers and simulated OLTs of its own; what was accepted (2xx) is followed to its end.

            Last run: \(Date.now.formatted(.iso8601)), commit \(versions.commit), \(versions.build) build. \(machine.cores) cores
            (\(machine.processor)), \(machine.memoryGiB) GiB, Linux \(machine.kernel), load before \(load). RabbitMQ \(rabbitMQ),
            PostgreSQL \(postgres), Redis \(redis), Swift \(versions.swift).

            Settings: lease 9 s, renewed each 1 s, quiet gap 7 s, worker's beat 1 s, broker heartbeat 20 s (as shipped). Load: up to 40 plain tasks a
            second, a discovery or an optics reading of one of 3 OLTs each 0.7 s, each client sends again with the same ids until it is
            answered. Pauses of the design's matrix (60 s, 90 s) are scaled to these settings; each is longer than what has to notice it.

            \(FaultMatrix.legend)
            """
    }

    private static func first(of program: String, _ arguments: [String], in folder: ScratchFolder) async -> String {
        let output = try? await Run.output(of: ChildProcess.Command(program, arguments), in: folder)
        return output?.split(separator: "\n").first.map(String.init) ?? "unknown"
    }
}
