import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// Programs that cannot start say why in one line, and what is allowed.
    @Suite("Starts that are refused", .serialized, .timeLimit(.minutes(2)))
    struct Starts {
        private func start(_ program: String, _ changes: [String: String?]) async throws -> Finished {
            let fleet = try await SharedFleets.up()
            var environment = fleet.environment
            environment["FLOTILLA_SEAL_KEY"] = String(repeating: "5a", count: 32)
            environment["FLOTILLA_HTTP_PORT"] = "0"
            environment["FLOTILLA_LEASE_SPAN_MS"] = "9000"
            environment["FLOTILLA_LEASE_RENEW_MS"] = "2000"
            environment.merge(changes.compactMapValues { $0 }) { _, own in own }
            for (name, value) in changes where value == nil { environment[name] = nil }
            return try await Finished.run(Programs.path(program), [], environment: environment)
        }

        @Test("the API does not listen where others reach it", arguments: ["0.0.0.0", "192.168.0.1", "::"])
        func notLoopback(host: String) async throws {
            let finished = try await start("flotilla-orchestrator", ["FLOTILLA_HTTP_HOST": host])

            #expect(finished.status == .code(1))
            #expect(finished.err.contains("no authentication"), "\(finished)")
            #expect(finished.err.contains("127.0.0.0/8"), "\(finished)")
        }

        @Test("a port in use is named")
        func portInUse() async throws {
            let port = try #require(URL(string: try await SharedFleets.up().url)?.port)

            let finished = try await start("flotilla-orchestrator", ["FLOTILLA_HTTP_PORT": "\(port)"])

            #expect(finished.status == .code(1))
            #expect(finished.err.contains("\(port) is in use"), "\(finished)")
            #expect(finished.err.contains("FLOTILLA_HTTP_PORT"), "\(finished)")
        }

        @Test(
            "a setting out of its range is named with the range",
            arguments: [
                ("flotilla-orchestrator", "FLOTILLA_HTTP_PORT", "99999", "0 to 65535"),
                ("flotilla-orchestrator", "FLOTILLA_POSTGRES_POOL", "0", "1 to 16"),
                ("flotilla-worker", "FLOTILLA_LEASE_SPAN_MS", "10", "9000 to 600000"),
                ("flotilla-worker", "FLOTILLA_LEASE_RENEW_MS", "3000", "minus 7000 ms"),
                ("flotilla-worker", "FLOTILLA_WORKER_SLOTS", "magic=3", "cpu"),
                ("flotilla-worker", "FLOTILLA_LOG_LEVEL", "loud", "debug"),
                ("flotilla-worker", "FLOTILLA_BROKER_URL", "http://127.0.0.1/", "amqp://"),
                ("flotilla-orchestrator", "FLOTILLA_SEAL_KEY", "abc", "64"),
                ("flotilla-worker", "FLOTILLA_SEAL_OTHER_KEYS", "abc", "64"),
                ("flotilla-orchestrator", "FLOTILLA_LEADER_RENEW_MS", "2001", "a quarter"),
                ("flotilla-orchestrator", "FLOTILLA_NOTIFY_WEBHOOK", "ftp://host/", "https://"),
                ("flotilla-orchestrator", "FLOTILLA_NOTIFY_COMMAND", "page --now", "JSON list"),
                ("flotilla-orchestrator", "FLOTILLA_NOTIFY_MAIL_TO", "noc@example.net,noc", "NAME@HOST"),
            ]
        )
        func badSetting(program: String, setting: String, value: String, allowed: String) async throws {
            let finished = try await start(program, [setting: value])

            #expect(finished.status == .code(1), "\(finished)")
            #expect(finished.err.contains(setting), "\(finished)")
            #expect(finished.err.contains(allowed), "\(finished)")
        }

        @Test("without the key that seals credentials nothing starts", arguments: ["flotilla-orchestrator", "flotilla-worker"])
        func noSealKey(program: String) async throws {
            let finished = try await start(program, ["FLOTILLA_SEAL_KEY": nil])

            #expect(finished.status == .code(1))
            #expect(finished.err.contains("FLOTILLA_SEAL_KEY"), "\(finished)")
        }

        /// A start with one setting changed, and what its last words must have.
        private struct Attempt: Sendable {
            let program: String
            let setting: String
            let value: String?
            let word: String
        }

        /// Starts all at once, for each of them is patient for some seconds; all must end with 4, the setting and the word.
        private func expectNobodyThere(_ attempts: [Attempt]) async throws {
            try await withThrowingTaskGroup(of: (Attempt, Finished).self) { group in
                for attempt in attempts {
                    group.addTask { (attempt, try await start(attempt.program, [attempt.setting: attempt.value])) }
                }
                for try await (attempt, finished) in group {
                    #expect(finished.status == .code(4), "\(attempt): \(finished)")
                    #expect(finished.err.contains(attempt.setting), "\(attempt): \(finished)")
                    #expect(finished.err.contains(attempt.word), "\(attempt): \(finished)")
                    #expect(!finished.err.contains("hidden"), "\(attempt): \(finished)")
                }
            }
        }

        @Test("servers that are not there are named, with exit code 4")
        func noServer() async throws {
            let (orchestrator, worker) = ("flotilla-orchestrator", "flotilla-worker")
            let (broker, redis) = ("amqp://guest:hidden@127.0.0.1:1/", "redis://:hidden@127.0.0.1:1/0")
            let postgres = "postgres://flotilla:hidden@127.0.0.1:1/flotilla"

            try await expectNobodyThere([
                Attempt(program: orchestrator, setting: "FLOTILLA_POSTGRES_URL", value: postgres, word: "PostgreSQL"),
                Attempt(program: orchestrator, setting: "FLOTILLA_REDIS_URL", value: redis, word: "Redis"),
                Attempt(program: worker, setting: "FLOTILLA_REDIS_URL", value: redis, word: "Redis"),
                Attempt(program: orchestrator, setting: "FLOTILLA_BROKER_URL", value: broker, word: "RabbitMQ"),
                Attempt(program: worker, setting: "FLOTILLA_BROKER_URL", value: broker, word: "RabbitMQ"),
            ])
        }

        @Test("servers that do not let the program in are named, with their own words")
        func notLetIn() async throws {
            let fleet = try await SharedFleets.up()
            func withoutKey(_ url: String) -> String? {
                guard var parts = URLComponents(string: url) else { return nil }
                if parts.user == nil { parts.user = "somebody" }
                parts.password = "hidden"
                return parts.string
            }
            let program = "flotilla-orchestrator"

            try await expectNobodyThere([
                Attempt(program: program, setting: "FLOTILLA_BROKER_URL", value: withoutKey(fleet.brokerURL), word: "login"),
                Attempt(program: program, setting: "FLOTILLA_POSTGRES_URL", value: withoutKey(fleet.postgresURL), word: "password"),
                Attempt(program: program, setting: "FLOTILLA_REDIS_URL", value: withoutKey(fleet.redisURL), word: "WRONGPASS"),
            ])
        }

        @Test("a database without a schema wants to be migrated; a newer one wants a newer program")
        func schema() async throws {
            let url = try await TestServers.shared.freshDatabase()

            let bare = try await start("flotilla-orchestrator", ["FLOTILLA_POSTGRES_URL": url])
            let plan = try await migrate(url, "--dry-run")
            let bareStill = try await start("flotilla-orchestrator", ["FLOTILLA_POSTGRES_URL": url])
            let done = try await migrate(url)
            let again = try await migrate(url)

            #expect(bare.status == .code(1))
            #expect(bare.err.contains("flotilla db migrate"), "\(bare)")
            #expect(bareStill.err.contains("flotilla db migrate"))
            let steps: [String] = try plan.decoded()
            #expect(!steps.isEmpty)
            #expect(try done.decoded(as: [String].self) == steps)
            #expect(try again.decoded(as: [String].self).isEmpty)

            try await run("insert into schema_migrations (number, name) values (9999, 'of the future')", url)
            let newer = try await start("flotilla-orchestrator", ["FLOTILLA_POSTGRES_URL": url])
            let newerMigrate = try await migrate(url)

            #expect(newer.status == .code(1))
            #expect(newer.err.contains("9999") && newer.err.contains("upgrade"), "\(newer)")
            #expect(newerMigrate.status == .code(1))
            #expect(newerMigrate.err.contains("upgrade"), "\(newerMigrate)")
        }

        private func migrate(_ url: String, _ words: String...) async throws -> Finished {
            let words = ["db", "migrate", "--postgres", url, "--json"] + words
            return try await Finished.run(Programs.path("flotilla"), words, environment: Programs.environment)
        }

        private func run(_ statement: String, _ url: String) async throws {
            let finished = try await Finished.run(
                "/usr/bin/psql",
                [url, "-v", "ON_ERROR_STOP=1", "-c", statement],
                environment: Programs.environment
            )
            guard finished.status == .code(0) else { throw NotAsExpected("\(finished)") }
        }
    }
}
