import APIContract
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// `flotilla up` from start to end.
    @Suite("Up and down", .serialized, .timeLimit(.minutes(3)))
    struct UpAndDown {
        @Test("Ctrl-C ends everything the command started")
        func interrupted() async throws {
            let up = try await UpFleet.start(workers: 1)
            let id = try await up.fleet.submit(#"{"kind":"noop"}"#)
            #expect(try await up.fleet.ended(id).state == "succeeded")
            let processes = up.processes
            let names = Set(processes.compactMap(ProcessTree.name(of:)))
            #expect(
                names.isSuperset(of: ["flotilla", "flotilla-orches", "flotilla-worker", "redis-server", "postgres", "beam.smp"]),
                "\(names)"
            )

            up.interrupt()
            let end = try await up.exit(within: .seconds(45))

            let log = try up.log
            #expect(end == .code(0), "\(log)")
            try await eventually("nothing is left") {
                let left = processes.filter(ProcessTree.isAlive)
                guard left.isEmpty else { throw NotAsExpected("left: \(left.map { ProcessTree.name(of: $0) ?? "\($0)" })") }
                return true
            }
        }

        @Test("a port in use stops the command, with the reason, and leaves nothing behind")
        func portInUse() async throws {
            let other = try await SharedFleets.up()
            let port = other.url.split(separator: ":").last.map(String.init) ?? ""

            let finished = try await Finished.run(
                Programs.path("flotilla"),
                [
                    "up", "--port", port, "--workers", "0", "--broker", other.brokerURL, "--redis", other.redisURL, "--postgres",
                    other.postgresURL,
                ],
                environment: Programs.environment,
                within: .seconds(60)
            )

            #expect(finished.status == .code(1), "\(finished)")
            #expect(finished.err.contains("\(port) is in use"), "\(finished)")
            #expect(try await other.api.get(APIPath.ready).status == 200)
        }
    }
}
