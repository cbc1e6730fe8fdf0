import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// Nothing but a broker and the command line.
    @Suite("The topology by the command line", .serialized, .timeLimit(.minutes(2)))
    struct TopologyWords {
        private struct Item: Decodable, Hashable {
            let kind: String
            let name: String
            let state: String
            let argument: String?
            let wanted: String?
            let found: String?
        }

        @Test("diff tells what is missing and ends with 5; apply makes it; then diff ends with 0; a changed queue is left alone and named")
        func diffAndApply() async throws {
            let broker = try await TestServers.freshRabbitMQ()
            let flotilla = { (words: [String]) in
                try await Finished.run(
                    Programs.path("flotilla"),
                    ["topology"] + words,
                    environment: Programs.environment.merging(["FLOTILLA_BROKER_URL": broker.url]) { _, own in own }
                )
            }

            let empty = try await flotilla(["diff"])
            #expect(empty.status == .code(5) && empty.out.contains("work.general.normal") && empty.out.contains("missing"), "\(empty)")
            let items = try await flotilla(["diff", "--json"]).decoded(as: [Item].self)
            #expect(items.count > 60 && items.allSatisfy { $0.state == "missing" })

            let applied = try await flotilla(["apply"])
            #expect(applied.status == .code(0) && applied.out.contains("made"), "\(applied)")
            let equal = try await flotilla(["diff"])
            #expect(equal.status == .code(0) && equal.out.contains("what Flotilla wants"), "\(equal)")

            _ = try await broker.control(["delete_queue", "fleet"])
            let script = """
                import pika, sys
                c = pika.BlockingConnection(pika.URLParameters(sys.argv[1]))
                c.channel().queue_declare("fleet", durable=True, arguments={"x-queue-type": "quorum", "x-max-length": 5})
                c.close()
                """
            let scratch = try ScratchFolder("pika")
            let file = try scratch.write(script, to: "declare.py")
            let declared = try await Finished.run("/usr/bin/python3", [file, broker.url], environment: Programs.environment)
            #expect(declared.status == .code(0), "\(declared)")

            let different = try await flotilla(["diff", "--json"])
            #expect(different.status == .code(5))
            let wrong = try different.decoded(as: [Item].self).filter { $0.state == "different" }
            #expect(wrong.map(\.name) == ["fleet"] && wrong.first?.argument?.hasPrefix("x-") == true, "\(different)")
            let left = try await flotilla(["apply"])
            #expect(left.status == .code(5) && left.out.contains("fleet") && left.err.contains("delete_queue"), "\(left)")
            #expect(try await broker.control(["list_queues", "name", "arguments", "--silent"]).contains("5"))

            await broker.stop()
            let nobody = try await flotilla(["diff"])
            #expect(nobody.status == .code(4) && nobody.out.isEmpty, "\(nobody)")
        }
    }
}
