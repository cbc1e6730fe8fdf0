import APIContract
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Work that comes from programs of other people, over AMQP.
    @Suite("A foreign AMQP client", .serialized, .timeLimit(.minutes(2)))
    struct ForeignPrograms {
        /// The letter that keeps exactly these bytes.
        private func letter(_ fleet: Fleet, reason: String, keeping body: String) async throws -> LetterShape {
            try await eventually("a letter \(reason) with the bytes of \(body.prefix(80))") {
                let list: Listing<LetterShape> = try await fleet.cliJSON("dlq", "list", "--reason", reason, "--limit", "5")
                for item in list.items {
                    let letter: LetterShape = try await fleet.cliJSON("dlq", "show", "\(item.id)")
                    if letter.body == Data(body.utf8).base64EncodedString() { return letter }
                }
                return nil
            }
        }

        @Test("plain JSON with any routing key is run and recorded under the message's id", arguments: ["normal", "whatever.you-like", ""])
        func plain(key: String) async throws {
            let fleet = try await SharedFleets.up()
            let id = UUID().uuidString.lowercased()

            try await ForeignClient(brokerURL: fleet.brokerURL)
                .publish([ForeignClient.Message(key: key, body: #"{"kind":"noop","payload":{"sleepMs":5}}"#, id: id)])
            let task = try await fleet.ended(id)

            #expect(task.state == "succeeded")
            #expect(task.source == "amqp")
            #expect(task.priority == "normal")
            #expect(task.runs.map(\.outcome) == ["succeeded"])
        }

        @Test("the routing key gives the priority unless the draft names one")
        func priority() async throws {
            let fleet = try await SharedFleets.up()
            let ids = [UUID().uuidString.lowercased(), UUID().uuidString.lowercased()]

            try await ForeignClient(brokerURL: fleet.brokerURL).publish([
                ForeignClient.Message(key: "urgent", body: #"{"kind":"noop"}"#, id: ids[0]),
                ForeignClient.Message(key: "urgent", body: #"{"kind":"noop","priority":"low"}"#, id: ids[1]),
            ])

            #expect(try await fleet.ended(ids[0]).priority == "urgent")
            #expect(try await fleet.ended(ids[1]).priority == "low")
        }

        @Test("without a content type and an id, JSON is JSON and the task gets an id of its own")
        func bare() async throws {
            let fleet = try await SharedFleets.up()
            let mark = TestServers.unique("mark")

            try await ForeignClient(brokerURL: fleet.brokerURL)
                .publish([ForeignClient.Message(key: "normal", body: #"{"kind":"noop","labels":{"mark":"\#(mark)"}}"#, contentType: nil)])

            try await eventually("the task is recorded") { try await tasks(fleet, marked: mark).map(\.state) == ["succeeded"] }
        }

        @Test("a message delivered twice is one task")
        func twice() async throws {
            let fleet = try await SharedFleets.up()
            let mark = TestServers.unique("mark")
            let id = UUID().uuidString.lowercased()
            let last = UUID().uuidString.lowercased()
            let message = ForeignClient.Message(key: "normal", body: #"{"kind":"noop","labels":{"mark":"\#(mark)"}}"#, id: id)

            // The queue keeps its order: when the last one is there, the two before it were judged.
            try await ForeignClient(brokerURL: fleet.brokerURL)
                .publish([message, message, ForeignClient.Message(key: "normal", body: #"{"kind":"noop"}"#, id: last)])
            let ended = try await (fleet.ended(last), fleet.ended(id))

            #expect(ended.1.runs.count == 1)
            #expect(try await tasks(fleet, marked: mark).map(\.id) == [id])
        }

        @Test("malformed JSON ends as a dead letter with its bytes")
        func malformed() async throws {
            let fleet = try await SharedFleets.up()
            let body = #"{"kind": "noop", "payload": {"mark": "\#(TestServers.unique("mark"))""#

            try await ForeignClient(brokerURL: fleet.brokerURL).publish([ForeignClient.Message(key: "normal", body: body)])
            let letter = try await letter(fleet, reason: "undecodable", keeping: body)

            #expect(letter.state == "dead")
            #expect(letter.task == nil)
            #expect(letter.contentType == "application/json")
            #expect(!letter.message.isEmpty)
        }

        @Test(
            "a draft that cannot be admitted ends as a dead letter that says why",
            arguments: [
                ("unknown_kind", #"{"kind":"make.coffee","labels":{"mark":"MARK"}}"#, "noop"),
                ("invalid_payload", #"{"kind":"noop","payload":{"sleepMs":"long","mark":"MARK"}}"#, "sleepMs"),
                ("invalid_payload", #"{"kind":"snmp.discovery","payload":{"olt":"MARK"}}"#, "MARK"),
                ("invalid_draft", #"{"kind":"noop","colour":"MARK"}"#, "colour"),
                ("invalid_draft", #"{"kind":"noop","priority":"MARK"}"#, "emergency"),
            ]
        )
        func refused(reason: String, body: String, hint: String) async throws {
            let fleet = try await SharedFleets.up()
            let mark = TestServers.unique("mark")
            let body = body.replacingOccurrences(of: "MARK", with: mark)

            try await ForeignClient(brokerURL: fleet.brokerURL).publish([ForeignClient.Message(key: "high", body: body)])
            let letter = try await letter(fleet, reason: reason, keeping: body)

            #expect(letter.message.contains(hint.replacingOccurrences(of: "MARK", with: mark)), "\(letter.message)")
        }

        private func tasks(_ fleet: Fleet, marked mark: String) async throws -> [TaskShape] {
            let list: Listing<TaskShape> = try await fleet.api.get("\(APIPath.tasks)?kind=noop&limit=200")
            return list.items.filter { $0.labels["mark"] == mark }
        }
    }
}
