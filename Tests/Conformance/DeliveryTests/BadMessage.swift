import BrokerAdapter
import Domain
import Wire

/// One row of the catalogue of bad input over AMQP (rows 1–17, 26–28, 30), and what must become of it.
///
/// Rows that a driver meets without a fleet are proven again beside it: 6, 30 in FakeBrokerTests, 7–11 in ConsumeTests and
/// LargeHeaderTests of AMQPTests, 26 of lanes in BrokerTests.
struct BadMessage: Sendable {
    enum Fate: Hashable, Sendable {
        /// A letter with this reason.
        case letter(LetterReason)
        /// What is bad is beside the point: the draft runs.
        case runs
        /// The broker refuses the sender; nothing of it arrives.
        case refused
        /// It runs, and nobody waits for its outcome.
        case runsForNobody
        /// Nothing of it is seen.
        case vanishes
    }

    /// What is sent, given an id of its own.
    typealias Sending = @Sendable (HostileClient, TaskID) throws -> Void

    let row: Int
    let what: String
    let fate: Fate
    let send: Sending

    private static let good = Array(#"{"kind":"noop"}"#.utf8)

    /// To the intake, with whatever is changed on a good message.
    private static func draft(_ row: Int, _ what: String, _ fate: Fate, _ change: @escaping @Sendable (inout HostileClient.Message) -> Void)
        -> BadMessage
    {
        BadMessage(row: row, what: what, fate: fate) { client, id in
            var message = HostileClient.Message(messageID: id.description, body: good)
            change(&message)
            try client.publish(message, to: Exchange.intake, key: "normal")
        }
    }

    /// To a lane, as if an orchestrator had sent it.
    private static func task(_ row: Int, _ what: String, _ fate: Fate, kind: String = "noop", headers: [UInt8] = []) -> BadMessage {
        BadMessage(row: row, what: what, fate: fate) { client, id in
            let task = DispatchedTask(
                id: id,
                number: DispatchNumber(1_000_000),
                attempt: 1,
                maxAttempts: 5,
                kind: kind,
                payload: [:],
                priority: .normal,
                taskClass: .general,
                exclusionKey: nil,
                timeout: .seconds(30),
                device: nil
            )
            var message = HostileClient.Message(contentType: "application/x-protobuf", headers: headers, messageID: id.description)
            message.body = TaskCodec.encode(task)
            try client.publish(message, to: Exchange.work, key: task.lane.description)
        }
    }

    private static func body(_ row: Int, _ what: String, _ text: String, _ reason: LetterReason) -> BadMessage {
        draft(row, what, .letter(reason)) { $0.body = Array(text.utf8) }
    }

    static let all: [BadMessage] =
        [
            body(1, "an empty body", "", .undecodable),
            body(2, "no JSON", "kind: noop", .undecodable),
            body(3, "null", "null", .invalidDraft),
            body(4, "a list", #"[{"kind":"noop"}]"#, .invalidDraft),
            draft(5, "5 MB", .letter(.tooLarge)) { $0.body = [UInt8](repeating: 0x20, count: 5_000_000) },
            draft(6, "a body that is shorter than announced", .vanishes) { $0.announcedSize = 1000 },
            draft(9, "4000 headers", .runs) { $0.headers = (0..<4000).flatMap { HostileClient.text("h\($0)", "x") } },
            draft(10, "a header's key of 255 bytes that are no UTF-8", .runs) {
                $0.headers = HostileClient.field([UInt8](repeating: 0xFF, count: 255), "S", HostileClient.long([0x61]))
            },
            draft(11, "a header of an unknown type", .vanishes) { $0.headers = HostileClient.field([0x6B], "z", [0, 0, 0, 0]) },
            draft(12, "a pickle", .letter(.undecodable)) { $0.contentType = "application/x-python-pickle" },
            draft(13, "a bomb of gzip", .letter(.undecodable)) {
                $0.contentEncoding = "gzip"
                $0.body = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + [UInt8](repeating: 0xAA, count: 100_000)
            },
            draft(14, "priority 255", .runs) { $0.priority = 255 },
            draft(14, "no priority", .runs) { $0.priority = nil },
            draft(15, "expiration -1", .refused) { $0.expiration = "-1" },
            draft(15, "expiration abc", .refused) { $0.expiration = "abc" },
            draft(15, "expiration 10^20", .refused) { $0.expiration = "100000000000000000000" },
            body(26, "an unknown kind", #"{"kind":"snmp.teleport"}"#, .unknownKind),
            body(26, "a field of a newer version", #"{"kind":"noop","quantum":true}"#, .invalidDraft),
            task(26, "an unknown kind in a lane", .vanishes, kind: "snmp.teleport"),
            draft(27, "x-death as a table", .runs) {
                $0.headers = HostileClient.field(
                    Array("x-death".utf8),
                    "F",
                    HostileClient.long(HostileClient.whole("count", 1_000_000_000))
                )
            },
            draft(27, "x-death as a text", .runs) { $0.headers = HostileClient.text("x-death", "1000000000") },
            draft(27, "x-death as a number", .runs) { $0.headers = HostileClient.whole("x-death", 1_000_000_000) },
            task(28, "x-delivery-count as a text", .runsForNobody, headers: HostileClient.text("x-delivery-count", "1000000000")),
            BadMessage(row: 30, what: "a frame with a bad end", fate: .refused) { client, _ in try client.sendBadEnd() },
        ]
        + [100, 1000, 21_800].flatMap { depth in
            [
                draft(7, "tables \(depth) deep", .runs) { $0.headers = HostileClient.tables(depth: depth) },
                draft(8, "lists \(depth) deep", .runs) { $0.headers = HostileClient.lists(depth: depth) },
            ]
        }
}
