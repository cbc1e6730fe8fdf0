import Domain
import Orchestration
import Postgres
import PrivateServers
import TestSupport
import Testing

extension Delivery {
    @Suite("Bad input over AMQP")
    struct BadMessageTests {
        @Test("every row of the table is refused by name or runs for what it is; nobody falls, and the next draft runs")
        func table() async throws {
            try await LiveFleet.run { fleet in
                for bad in BadMessage.all {
                    let before = try await letters(fleet)
                    let id = try Self.freshID()
                    let client = try HostileClient(port: fleet.broker.port)
                    try bad.send(client, id)
                    switch bad.fate {
                    case .refused: #expect(client.isRefused(), "row \(bad.row), \(bad.what)")
                    case .letter, .runs, .runsForNobody: #expect(client.isStillWelcome(), "row \(bad.row), \(bad.what)")
                    case .vanishes: break
                    }
                    switch bad.fate {
                    case .letter(let reason):
                        try await eventually("row \(bad.row), \(bad.what): a letter", within: .seconds(30)) {
                            let new = try await letters(fleet).dropFirst(before.count)
                            guard new == [reason.rawValue] else { throw Seen(letters: Array(new)) }
                            return true
                        }
                        #expect(try await fleet.desk.task(id) == nil)
                    case .runs:
                        try await Self.expectSuccess(of: id, "row \(bad.row), \(bad.what)", fleet)
                        #expect(try await letters(fleet) == before)
                    case .refused:
                        #expect(try await fleet.desk.task(id) == nil)
                        #expect(try await letters(fleet) == before)
                    case .runsForNobody:
                        try await eventually("row \(bad.row), \(bad.what): it runs", within: .seconds(30)) {
                            fleet.exclusion.runs[id] == 1
                        }
                        #expect(try await fleet.desk.task(id) == nil)
                    case .vanishes:
                        #expect(try await fleet.desk.task(id) == nil)
                        #expect(try await letters(fleet) == before)
                    }
                    let next = try Self.freshID()
                    let draft = HostileClient.Message(messageID: next.description, body: Array(#"{"kind":"noop"}"#.utf8))
                    let decent = try HostileClient(port: fleet.broker.port)
                    try decent.publish(draft, to: "flotilla.intake", key: "high")
                    #expect(decent.isStillWelcome())
                    try await Self.expectSuccess(of: next, "the draft after row \(bad.row), \(bad.what)", fleet)
                }
                #expect(await fleet.desk.health().isReady)
            }
        }

        @Test("rows 16 and 17: without a message id it is a task of its own; a finished task that comes again stays one task and one run")
        func identities() async throws {
            try await LiveFleet.run { fleet in
                var message = HostileClient.Message(body: Array(#"{"kind":"noop"}"#.utf8))
                let client = try HostileClient(port: fleet.broker.port)
                try client.publish(message, to: "flotilla.intake", key: "normal")
                try await eventually("it has run", within: .seconds(30)) { try await fleet.endings(.succeeded) == 1 }

                let id = try Self.freshID()
                message.messageID = id.description
                for _ in 0..<2 {
                    try client.publish(message, to: "flotilla.intake", key: "normal")
                    try await Self.expectSuccess(of: id, "the draft", fleet)
                }
                try await eventually("the duplicate is counted", within: .seconds(30)) {
                    try await fleet.desk.overview().counters.duplicates == 1
                }
                #expect(try await fleet.endings(.succeeded) == 2)
                #expect(fleet.exclusion.runs[id] == 1)
            }
        }

        private struct Seen: Error {
            let letters: [String]
        }

        private static func freshID() throws -> TaskID {
            var chance = SystemRandomNumberGenerator()
            return TaskID(at: LiveFleet.time.wall(), using: &chance)
        }

        private static func expectSuccess(of id: TaskID, _ what: String, _ fleet: LiveFleet) async throws {
            try await eventually("\(what): it succeeds", within: .seconds(30)) {
                try await fleet.desk.task(id)?.state == .succeeded
            }
        }

        /// The reasons of all letters, oldest first.
        private func letters(_ fleet: LiveFleet) async throws -> [String] {
            try await fleet.pool.query("select reason from letters order by id").rows.map { try $0.text(0) }
        }
    }
}
