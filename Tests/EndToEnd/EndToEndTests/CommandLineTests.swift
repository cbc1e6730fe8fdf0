import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

/// Words that `flotilla` cannot do, the code it ends with, and a word its answer must have.
struct BadCommand: Sendable, CustomTestStringConvertible {
    let words: [String]
    let code: Int32
    let hint: String

    init(_ words: String..., code: Int32, hint: String) {
        self.words = words
        self.code = code
        self.hint = hint
    }

    var testDescription: String { words.joined(separator: " ") }

    static let all = [
        BadCommand("dance", code: 2, hint: "dance"),
        BadCommand("task", "publish", code: 2, hint: "kind"),
        BadCommand("task", "publish", "noop", "--payload", "{", code: 2, hint: "--payload"),
        BadCommand("task", "publish", "noop", "--id", "seven", code: 2, hint: "UUID"),
        BadCommand("task", "list", "--limit", "0", code: 2, hint: "1 to 1000"),
        BadCommand("up", "--workers", "1000", code: 2, hint: "0 to 64"),
        BadCommand("olt", "add", "x", code: 2, hint: "<address>"),
        BadCommand("faults", "--rows", "F99", code: 2, hint: "F03"),
        BadCommand("workers", "drain", code: 2, hint: "worker"),
        BadCommand("topology", "change", code: 2, hint: "change"),
        BadCommand("workers", "list", "--url", "nonsense", code: 2, hint: "http://"),
        BadCommand("task", "publish", "make.coffee", code: 1, hint: "snmp.discovery"),
        BadCommand("task", "publish", "noop", "--payload", #"{"sleepMs":-1}"#, code: 1, hint: "payload.sleepMs"),
        BadCommand("task", "publish", "snmp.probe", "--olt", "nowhere", code: 1, hint: "payload.olt"),
        BadCommand("olt", "add", "x", "127.0.0.1", "--profile", "abacus", code: 1, hint: "huawei"),
        BadCommand("task", "show", "0193f1a2-7c3e-7b64-9d0c-5e8f2a417b90", code: 3, hint: "there is no task"),
        BadCommand("olt", "show", "nowhere", code: 3, hint: "nowhere"),
        BadCommand("onu", "list", "--olt", "nowhere", code: 3, hint: "nowhere"),
        BadCommand("dlq", "show", "999999", code: 3, hint: "999999"),
        BadCommand("workers", "list", "--url", "http://127.0.0.1:1", code: 4, hint: "127.0.0.1:1"),
        BadCommand("db", "migrate", "--postgres", "postgres://flotilla@127.0.0.1:1/flotilla", code: 4, hint: "PostgreSQL"),
    ]
}

extension EndToEnd {
    /// What a person types.
    @Suite("The command line", .serialized, .timeLimit(.minutes(1)))
    struct CommandLineWords {
        @Test("words that cannot be done end with their code and a reason", arguments: BadCommand.all)
        func refused(_ bad: BadCommand) async throws {
            let fleet = try await SharedFleets.up()

            let finished = try await Finished.run(Programs.path("flotilla"), bad.words, environment: fleet.environment)

            #expect(finished.status == .code(bad.code), "\(finished)")
            #expect(finished.err.contains(bad.hint), "\(finished)")
            #expect(finished.out.isEmpty, "\(finished)")
        }

        @Test("an OLT entered twice is a conflict")
        func conflict() async throws {
            let fleet = try await SharedFleets.up()
            let name = TestServers.unique("cli")

            let first = try await fleet.cli("olt", "add", name, "\(name).example", "--profile", "cdata")
            let second = try await fleet.cli("olt", "add", name, "\(name).example", "--profile", "cdata")

            #expect(first.status == .code(0), "\(first)")
            #expect(second.status == .code(6), "\(second)")
            #expect(second.err.contains(name))
        }

        @Test("a task published over AMQP needs no orchestrator's address")
        func overAMQP() async throws {
            let fleet = try await SharedFleets.up()
            var environment = fleet.environment
            environment["FLOTILLA_URL"] = nil

            let words = ["task", "publish", "noop", "--via", "amqp", "--priority", "high", "--json"]
            let finished = try await Finished.run(Programs.path("flotilla"), words, environment: environment)
            let receipt = try finished.decoded(as: ReceiptShape.self)
            let task = try await fleet.ended(receipt.id)

            #expect(finished.status == .code(0))
            #expect(task.state == "succeeded")
            #expect(task.source == "amqp")
            #expect(task.priority == "high")
        }

        @Test("without a broker, publishing over AMQP ends with 4 and says which")
        func noBroker() async throws {
            var environment = Programs.environment
            environment["FLOTILLA_BROKER_URL"] = "amqp://guest:guest@127.0.0.1:1/"

            let finished = try await Finished.run(
                Programs.path("flotilla"),
                ["task", "publish", "noop", "--via", "amqp"],
                environment: environment
            )

            #expect(finished.status == .code(4), "\(finished)")
            #expect(finished.err.contains("RabbitMQ"))
            #expect(!finished.err.contains("guest:guest"))
        }

        @Test("--json prints JSON and nothing else, in the shapes of the API")
        func json() async throws {
            let fleet = try await SharedFleets.up()

            let receipt: ReceiptShape = try await fleet.cliJSON("task", "publish", "noop", "--priority", "low", "--class", "cpu")
            let ended: TaskShape = try await fleet.ended(receipt.id)
            let shown: TaskShape = try await fleet.cliJSON("task", "show", receipt.id)
            let list: Listing<TaskShape> = try await fleet.cliJSON("task", "list", "--kind", "noop", "--limit", "5")
            let raw = try await fleet.api.get(APIPath.task(receipt.id))

            #expect(shown == ended)
            #expect(shown.priority == "low")
            #expect(shown.class == "cpu")
            #expect(list.items.contains { $0.id == receipt.id })
            #expect(list.items.count <= 5)
            // Unknown is null, never left out.
            #expect(raw.text.contains(#""exclusionKey":null"#), "\(raw)")
        }
    }
}
