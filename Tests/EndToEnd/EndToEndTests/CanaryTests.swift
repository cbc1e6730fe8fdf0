import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// Credentials that must be nowhere but at the device, sought everywhere.
    @Suite("Canary secrets", .serialized, .timeLimit(.minutes(4)))
    struct Canary {
        private static let community = "canary-c0mmun1ty"
        private static let phrases = ["canary-auth-s3cret", "canary-priv-s3cret", "canary-wrong-s3cret", "canary-next-s3cret"]
        private static var secrets: [String] { [community] + phrases }

        /// Forms in which a secret might stand somewhere: as it is, in hexadecimal digits, in base 64 at each of three offsets.
        private static func forms(_ secret: String) -> [String] {
            let hex = secret.utf8.map { String(format: "%02x", $0) }.joined()
            let coded = (0..<3).map { offset in
                let text = Data(Array(repeating: 0, count: offset) + Array(secret.utf8)).base64EncodedString()
                // The ends depend on what stands beside it.
                return String(text.dropFirst(4).prefix { $0 != "=" }.dropLast(2))
            }
            return [secret, hex, hex.uppercased()] + coded
        }

        private func expectNone(in text: String, _ place: String) {
            for secret in Self.secrets {
                for form in Self.forms(secret) where text.contains(form) {
                    Issue.record("\(secret.prefix(11))… is in \(place) as \(form.prefix(8))…")
                }
            }
        }

        @Test("a secret is found in each of its forms, so that the search means something")
        func search() {
            for secret in Self.secrets {
                for padding in 0..<3 {
                    let coded = Data(Array("xy".utf8.prefix(padding)) + Array(secret.utf8) + Array("zzz".utf8)).base64EncodedString()
                    #expect(Self.forms(secret).contains { coded.contains($0) })
                }
            }
        }

        @Test("credentials of OLTs are in no row, no message, no log, no answer, no figure and no process")
        func nowhere() async throws {
            let own = try await OwnFleet.start(workers: 1, extra: ["FLOTILLA_LOG_LEVEL": "trace"])
            let fleet = own.fleet
            let spy = try await BrokerSpy(
                fleet.brokerURL,
                exchanges: ["intake", "intake.other", "work", "outcomes", "fleet", "control", "events", "dead"].map { "flotilla.\($0)" }
            )
            let simulator = try await OLTSim.start([
                "--addresses", "127.0.9.1", "--vendor", "huawei", "--boards", "1", "--ports", "2", "--onus", "4", "--community",
                Self.community,
            ])
            let agent = try await TestServers.freshSNMPD(configuration: [
                "createUser reader SHA-256 \(Self.phrases[0]) AES \(Self.phrases[1])", "rouser reader priv",
            ])

            var answers = try await enter(fleet, simulator, agent)
            answers += try await operate(fleet)
            answers += try await ask(fleet)

            let dump = try await Finished.run(
                "/usr/bin/pg_dump",
                ["--data-only", fleet.postgresURL],
                environment: Programs.environment
            )
            #expect(dump.status == .code(0), "\(dump.err)")
            #expect(dump.out.contains("canary-v2c") && dump.out.contains("canary-v3"))
            expectNone(in: dump.out, "the database")
            let redis = try await Finished.run(
                "/bin/sh",
                ["-c", #"redis-cli -u "$0" --scan | while read -r key; do redis-cli -u "$0" DUMP "$key"; done"#, fleet.redisURL],
                environment: Programs.environment
            )
            #expect(redis.status == .code(0), "\(redis)")
            expectNone(in: redis.out, "Redis")
            let heard = try spy.heard
            #expect(heard.contains("snmp.discovery") && heard.contains("flotilla.outcomes"))
            expectNone(in: heard, "messages")
            for name in ["orchestrator.log", "worker-1.log"] {
                let log = try own.log(name)
                #expect(log.count > 1_000)
                expectNone(in: log, name)
            }
            #expect(answers.contains("canary-v3"))
            expectNone(in: answers, "answers")
            try expectNoneInProcesses(own)
            await spy.stop()
            await agent.stop()
        }

        /// OLTs that answer, one that does not, and one whose passphrase is wrong.
        private func enter(_ fleet: Fleet, _ simulator: OLTSim, _ agent: PrivateSNMPD) async throws -> String {
            func cli(_ words: [String], _ secrets: [String: String]) async throws -> String {
                let finished = try await Finished.run(
                    Programs.path("flotilla"),
                    ["olt"] + words,
                    environment: fleet.environment.merging(secrets) { $1 }
                )
                #expect(finished.status == .code(0), "\(finished)")
                return finished.out + finished.err
            }
            let plain = ["FLOTILLA_COMMUNITY": Self.community]
            let user = ["FLOTILLA_AUTH_PASSPHRASE": Self.phrases[0], "FLOTILLA_PRIV_PASSPHRASE": Self.phrases[1]]
            let wrong = ["FLOTILLA_AUTH_PASSPHRASE": Self.phrases[2], "FLOTILLA_PRIV_PASSPHRASE": Self.phrases[1]]
            let v3 = ["--profile", "huawei", "--snmp-version", "v3", "--user", "reader", "--auth", "sha256", "--priv", "aes128"]
            let said = [
                try await cli(["add", "canary-v2c", "127.0.9.1", "--port", "\(simulator.port)", "--profile", "huawei"], plain),
                try await cli(["add", "canary-dead", "127.0.9.77", "--port", "9", "--profile", "huawei"], plain),
                try await cli(["add", "canary-v3", "127.0.0.1", "--port", "\(agent.port)"] + v3, user),
                try await cli(["add", "canary-wrong", "127.0.0.2", "--port", "\(agent.port)"] + v3, wrong),
            ]
            return said.joined()
        }

        /// What works and what fails, a dead letter, changed credentials, and a bad request that holds a secret.
        private func operate(_ fleet: Fleet) async throws -> String {
            var said = ""
            var ids: [String: String] = [:]
            for name in ["canary-v2c", "canary-dead", "canary-v3", "canary-wrong"] {
                ids[name] = try await fleet.submit(
                    #"{"kind":"snmp.discovery","payload":{"olt":"\#(name)"},"maxAttempts":1,"timeout":"20s"}"#
                )
            }
            for (name, id) in ids {
                let task = try await fleet.ended(id, within: .seconds(60))
                #expect((task.state == "succeeded") == (name == "canary-v2c" || name == "canary-v3" && task.state == "succeeded"))
                said += "\(task)"
            }
            let changed = try await Finished.run(
                Programs.path("flotilla"),
                ["olt", "credentials", "canary-wrong", "--user", "reader", "--auth", "sha256", "--priv", "aes128"],
                environment: fleet.environment.merging(
                    ["FLOTILLA_AUTH_PASSPHRASE": Self.phrases[3], "FLOTILLA_PRIV_PASSPHRASE": Self.phrases[1]]
                ) { $1 }
            )
            said += changed.out + changed.err
            let rotated = try await fleet.cli("secrets", "rotate", "--json")
            #expect(rotated.status == .code(0), "\(rotated)")
            said += rotated.out + rotated.err
            let bad = try await fleet.api.post(
                APIPath.olts,
                #"{"name":"canary-bad","address":"127.0.9.2","snmpVersion":"v9","community":"\#(Self.community)","port":"x"}"#
            )
            #expect(bad.status == 400)
            return said + "\(bad)"
        }

        private func ask(_ fleet: Fleet) async throws -> String {
            var said = ""
            let paths = [
                APIPath.olts, APIPath.olt("canary-v2c"), APIPath.olt("canary-v3"), APIPath.tasks + "?limit=100", APIPath.deadLetters,
                APIPath.base + "/audit", APIPath.workers, APIPath.onus, APIPath.metrics, APIPath.ready, "/", APIPath.olts + "?limit=-1",
            ]
            for path in paths { said += "\(try await fleet.api.get(path))" }
            for words in [["olt", "list"], ["task", "list"], ["dlq", "list"], ["audit", "list"]] {
                let finished = try await Finished.run(Programs.path("flotilla"), words, environment: fleet.environment)
                said += finished.out + finished.err
            }
            return said
        }

        /// Command lines and environments of orchestrator, worker and what they started; nobody gave them a secret.
        private func expectNoneInProcesses(_ own: OwnFleet) throws {
            var looked = 0
            for pid in try FileManager.default.contentsOfDirectory(atPath: "/proc") where Int(pid) != nil {
                let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline").map { String(decoding: $0, as: UTF8.self) } ?? ""
                guard line.contains("flotilla-orchestrator") || line.contains("flotilla-worker") else { continue }
                let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ").map { String(decoding: $0, as: UTF8.self) }
                looked += 1
                expectNone(in: line + (environment ?? ""), "process \(pid)")
            }
            #expect(looked >= 2)
        }
    }
}
