import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// Orchestrators as processes: who leads, and who follows.
    @Suite("Leaders", .serialized, .timeLimit(.minutes(4)))
    struct LeaderProcesses {
        /// An orchestrator with its own port.
        private struct Instance: Sendable {
            let api: HTTPAPI
            let process: ChildProcess

            /// Who leads, as this one says; `nil`: it does not answer or does not know.
            var leader: HealthShape.Leader? {
                get async { try? await api.get(APIPath.ready, as: HealthShape.self).leader }
            }
        }

        private func start(beside own: OwnFleet, _ scratch: ScratchFolder, _ number: Int) async throws -> Instance {
            let port = try FreePort.tcp()
            let environment = own.environment.merging(["FLOTILLA_HTTP_PORT": "\(port)"]) { $1 }
            let process = ChildProcess(
                ChildProcess.Command(
                    try Programs.path("flotilla-orchestrator"),
                    [],
                    environment: environment,
                    log: scratch.file("orchestrator-\(number).log")
                )
            )
            try process.start()
            let api = HTTPAPI("http://127.0.0.1:\(port)")
            try await process.ready("orchestrator \(number) is ready", within: .seconds(30)) {
                try await api.get(APIPath.ready).status == 200 ? () : nil
            }
            return Instance(api: api, process: process)
        }

        /// The places of those that say that they lead.
        private func leaders(_ instances: [Instance], but: Int? = nil) async -> [Int] {
            var leaders: [Int] = []
            for place in instances.indices where place != but {
                if await instances[place].leader?.isHere == true { leaders.append(place) }
            }
            return leaders
        }

        /// Waits until somebody else leads; how long that took, who, and under which term.
        private func change(
            _ instances: [Instance],
            from old: Int,
            since began: ContinuousClock.Instant,
            within limit: Duration
        ) async throws -> (place: Int, term: Int64, took: Duration) {
            let place = try await eventually("another leads", within: limit, poll: .milliseconds(20)) {
                let leading = await leaders(instances, but: old)
                #expect(leading.count <= 1)
                return leading.first
            }
            let took = ContinuousClock.now - began
            let term = try #require(await instances[place].leader?.term)
            return (place, term, took)
        }

        @Test("of three exactly one leads; it is followed 12 s after SIGKILL and SIGSTOP, and 1 s after a clean stop, at most")
        func changes() async throws {
            // The fleet's own orchestrator ends before the others begin: all three are alike.
            let own = try await OwnFleet.start(workers: 0)
            own.killOrchestrator()
            let scratch = try ScratchFolder("leaders")
            var instances: [Instance] = []
            for number in 1...3 { instances.append(try await start(beside: own, scratch, number)) }
            let first = try await eventually("one leads", within: .seconds(15)) { await leaders(instances).first }
            #expect(await leaders(instances).count == 1)
            var term = try #require(await instances[first].leader?.term)

            var began = ContinuousClock.now
            instances[first].process.kill()
            let killed = try await change(instances, from: first, since: began, within: .seconds(20))
            #expect(killed.took <= .seconds(12) * patience, "SIGKILL: \(killed.took)")
            #expect(killed.term == term + 1)
            term = killed.term
            instances[first] = try await start(beside: own, scratch, 4)

            began = .now
            instances[killed.place].process.signal(.stop)
            let stopped = try await change(instances, from: killed.place, since: began, within: .seconds(20))
            #expect(stopped.took <= .seconds(12) * patience, "SIGSTOP: \(stopped.took)")
            #expect(stopped.term == term + 1)
            term = stopped.term
            instances[killed.place].process.signal(.resume)
            try await eventually("the one that slept follows") { await instances[killed.place].leader?.term == term }
            #expect(await instances[killed.place].leader?.isHere == false)
            #expect(await leaders(instances) == [stopped.place])

            began = .now
            instances[stopped.place].process.signal(.terminate)
            let resigned = try await change(instances, from: stopped.place, since: began, within: .seconds(20))
            #expect(resigned.took <= .seconds(1) * patience, "SIGTERM: \(resigned.took)")
            #expect(resigned.term == term + 1)

            // Everybody who led wrote it down under the term; a slept leader wrote nothing more.
            let said = try await Finished.run(
                "/usr/bin/psql",
                [
                    "-tAc", "select count(*), count(distinct details->>'term') from coordinator_log where type = 'LEADER_CHANGED'",
                    own.fleet.postgresURL,
                ],
                environment: Programs.environment
            )
            #expect(said.status == .code(0), "\(said)")
            let counts = said.out.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: "|")
            #expect(counts.count == 2 && counts.first == counts.last, "\(said.out)")
            for instance in instances { await instance.process.stop() }
        }
    }
}
