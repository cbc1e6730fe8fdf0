import Testing

@testable import SNMP

/// One thing that a device may do to us, and how a walk of it must end.
///
/// The numbers are those of BI-SNMP, the list of bad input that the project answers for.
struct Hostile: Sendable, CustomTestStringConvertible {
    let item: Int
    let what: String
    /// The datagrams that answer a request.
    let script: ScriptedAgent.Script
    let ends: @Sendable (WalkEnd) -> Bool

    var testDescription: String { "\(item): \(what)" }

    static let root: OID = [1, 3, 6, 1, 4, 1, 99, 7]

    // MARK: Ends

    static let malformed: @Sendable (WalkEnd) -> Bool = { if case .refused(.malformed) = $0 { true } else { false } }
    static let silence: @Sendable (WalkEnd) -> Bool = { if case .refused(.timedOut) = $0 { true } else { false } }
    static let complete: @Sendable (WalkEnd) -> Bool = { $0 == .complete }
    static let looping: @Sendable (WalkEnd) -> Bool = { if case .partial(.notIncreasing) = $0 { true } else { false } }
    static let agent: @Sendable (WalkEnd) -> Bool = { if case .refused(.agent) = $0 { true } else { false } }
    /// Depends on chance or on what comes first, but is told.
    static let told: @Sendable (WalkEnd) -> Bool = { _ in true }

    // MARK: Scripts

    /// The same datagram to every request.
    static func always(_ datagram: [UInt8]) -> ScriptedAgent.Script { { _, _ in [datagram] } }

    /// The honest answer, changed.
    static func changed(_ change: @escaping @Sendable ([UInt8], AgentRequest) -> [UInt8]) -> ScriptedAgent.Script {
        { request, table in table.answer(request).map { change($0, request) } }
    }

    /// A well-formed answer with these rows, each spelled as octets.
    static func rows(_ spelled: @escaping @Sendable (AgentRequest) -> [[UInt8]]) -> ScriptedAgent.Script {
        { request, _ in [message(request, rows: spelled(request).flatMap { BER.tagged(0x30, $0) })] }
    }

    /// One row behind the name that was asked for, then the end.
    static func value(_ value: [UInt8]) -> ScriptedAgent.Script {
        rows { request in
            request.names[0] == root ? [BER.name(root.appending([1])) + value] : [BER.name([1, 3, 6, 1, 4, 1, 100]) + BER.integer(1)]
        }
    }

    static func message(
        _ request: AgentRequest,
        rows: [UInt8],
        status: [UInt8] = BER.integer(0),
        index: [UInt8] = BER.integer(0)
    ) -> [UInt8] {
        let body = BER.integer(request.id) + status + index + BER.tagged(0x30, rows)
        return BER.tagged(0x30, BER.integer(1) + BER.tagged(0x04, request.community) + BER.tagged(0xA2, body))
    }

    // MARK: Datagrams as such

    static let datagrams: [Hostile] = [
        .init(item: 1, what: "an empty datagram", script: always([]), ends: malformed),
        .init(item: 2, what: "one octet", script: always([0x30]), ends: malformed),
        .init(
            item: 3,
            what: "64 KB of noise",
            script: { request, _ in
                var dice = Dice(seed: UInt64(request.order))
                return [(0..<65_000).map { _ in UInt8.random(in: 0...255, using: &dice) }]
            },
            ends: malformed
        ),
        .init(
            item: 5,
            what: "an indefinite length",
            script: changed { datagram, _ in [datagram[0], 0x80] + datagram.dropFirst(2) },
            ends: malformed
        ),
        .init(item: 5, what: "a length of 4 GB", script: always([0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 2, 1, 1]), ends: malformed),
        .init(
            item: 5,
            what: "a length of nine octets",
            script: always([0x30, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 9, 2, 1, 1]),
            ends: malformed
        ),
        .init(
            item: 5,
            what: "a length with leading zeros, which some devices send",
            script: { request, table in
                let inner = message(
                    request,
                    rows: table.honestRows(request).flatMap { BER.tagged(0x30, BER.name($0.name) + BER.value($0.value)) }
                )
                var reader = BERReader(inner[...])
                let content = Array(reader.next()?.content ?? [])
                return [[0x30, 0x84, 0, 0, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content]
            },
            ends: complete
        ),
        .init(item: 6, what: "a length beyond the data", script: changed { datagram, _ in Array(datagram.dropLast(3)) }, ends: malformed),
        .init(item: 6, what: "garbage behind the message", script: changed { datagram, _ in datagram + [1, 2, 3, 4] }, ends: complete),
        .init(
            item: 7,
            what: "a thousand sequences in one another",
            script: always((0..<1000).reduce([UInt8]()) { inner, _ in BER.tagged(0x30, inner) }),
            ends: malformed
        ),
        .init(
            item: 8,
            what: "version 4",
            script: { request, table in [AgentTable.message(to: request, rows: table.honestRows(request), version: 4)] },
            ends: malformed
        ),
        .init(
            item: 8,
            what: "version -1",
            script: { request, table in [AgentTable.message(to: request, rows: table.honestRows(request), version: -1)] },
            ends: malformed
        ),
        .init(
            item: 10,
            what: "request id 0",
            script: { request, table in [AgentTable.message(to: request, rows: table.honestRows(request), id: 0)] },
            ends: silence
        ),
        .init(
            item: 10,
            what: "the id of the request before",
            script: { request, table in [AgentTable.message(to: request, rows: table.honestRows(request), id: request.id - 1)] },
            ends: silence
        ),
        .init(
            item: 13,
            what: "every answer five times",
            script: { request, table in Array(repeating: table.answer(request)[0], count: 5) },
            ends: complete
        ),
        .init(
            item: 15,
            what: "a GET instead of a response",
            script: { request, table in [AgentTable.message(to: request, rows: table.honestRows(request), pdu: 0xA0)] },
            ends: malformed
        ),
        .init(
            item: 15,
            what: "a SET instead of a response",
            script: { request, table in [AgentTable.message(to: request, rows: table.honestRows(request), pdu: 0xA3)] },
            ends: malformed
        ),
        .init(
            item: 15,
            what: "a trap instead of a response",
            script: { request, table in [AgentTable.message(to: request, rows: table.honestRows(request), pdu: 0xA7)] },
            ends: malformed
        ),
    ]

    // MARK: PDUs

    static let pdus: [Hostile] =
        [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 255, -1].map { status in
            .init(
                item: 16,
                what: "error status \(status) with an index beyond the rows",
                script: { request, _ in [message(request, rows: [], status: BER.integer(status), index: BER.integer(99))] },
                ends: agent
            )
        } + [
            .init(
                item: 16,
                what: "an error status of nine octets",
                script: { request, _ in [message(request, rows: [], status: BER.tagged(2, Array(repeating: 1, count: 9)))] },
                ends: malformed
            ),
            .init(item: 17, what: "no rows at all", script: { request, _ in [message(request, rows: [])] }, ends: malformed),
            .init(
                item: 18,
                what: "more rows than asked for",
                script: { request, table in
                    let many = table.honestRows(request) + [VarBind(name: root.appending([.max]), value: .integer(1))]
                    return [AgentTable.message(to: request, rows: many)]
                },
                ends: { $0 == .complete || looping($0) }
            ),
            .init(
                item: 19,
                what: "one row, however many are asked for",
                script: { request, table in [AgentTable.message(to: request, rows: Array(table.honestRows(request).prefix(1)))] },
                ends: complete
            ),
            .init(
                item: 21,
                what: "the name that was asked for",
                script: { request, _ in [AgentTable.message(to: request, rows: [VarBind(name: request.names[0], value: .integer(1))])] },
                ends: looping
            ),
            .init(
                item: 21,
                what: "a lower name",
                script: { request, _ in [AgentTable.message(to: request, rows: [VarBind(name: [1, 3, 6, 1, 2], value: .integer(1))])] },
                ends: looping
            ),
            .init(
                item: 21,
                what: "a name outside the subtree",
                script: { request, _ in [AgentTable.message(to: request, rows: [VarBind(name: [1, 3, 7], value: .integer(1))])] },
                ends: complete
            ),
        ]
        + [2, 3, 1000].map { length in
            .init(
                item: 22,
                what: "a loop of \(length) names",
                script: { request, _ in
                    let last = request.names[0].arcs.count > root.arcs.count ? Int(request.names[0].arcs.last ?? 0) : -1
                    let name = root.appending([UInt32((last + 1) % length)])
                    return [AgentTable.message(to: request, rows: [VarBind(name: name, value: .integer(1))])]
                },
                ends: looping
            )
        } + [
            .init(
                item: 23,
                what: "a table without end",
                script: { request, _ in
                    let last = request.names[0].arcs.count > root.arcs.count ? request.names[0].arcs.last ?? 0 : 0
                    let rows = (1...UInt32(max(1, request.repetitions))).map {
                        VarBind(name: root.appending([last + $0]), value: .integer(1))
                    }
                    return [AgentTable.message(to: request, rows: rows)]
                },
                ends: { $0 == .partial(.rowCap(HostileTests.rowsMax)) }
            ),
            .init(
                item: 30,
                what: "too big, always",
                script: { request, _ in [message(request, rows: [], status: BER.integer(1))] },
                ends: { $0 == .refused(.tooBig) }
            ),
            .init(
                item: 30,
                what: "too big above three rows",
                script: { request, table in
                    request.repetitions > 3 ? [message(request, rows: [], status: BER.integer(1))] : table.answer(request)
                },
                ends: complete
            ),
            .init(
                item: 30,
                what: "an answer cut at the MTU",
                script: { request, table in table.answer(request).map { Array($0.prefix(request.repetitions > 3 ? 100 : 1400)) } },
                ends: { if case .refused(.malformed) = $0 { true } else { $0 == .complete } }
            ),
            .init(
                item: 25,
                what: "the end of the view with a value",
                script: rows { request in [BER.name(request.names[0]) + [0x82, 1, 7]] },
                ends: complete
            ),
            .init(
                item: 25,
                what: "no such instance in mid-table",
                script: { request, table in
                    var rows = table.honestRows(request)
                    if rows.count > 3 { rows[3] = VarBind(name: rows[3].name, value: .noSuchInstance) }
                    return [AgentTable.message(to: request, rows: rows)]
                },
                ends: complete
            ),
        ]

    // MARK: Names and values

    static let values: [Hostile] = [
        .init(item: 24, what: "a name of 129 arcs", script: named(Array(repeating: 1, count: 128)), ends: malformed),
        .init(item: 24, what: "an arc beyond 32 bits", script: named([0x2B, 0x90, 0x80, 0x80, 0x80, 0x00]), ends: malformed),
        .init(item: 24, what: "an arc that does not end", script: named([0x2B, 6, 0x81]), ends: malformed),
        .init(item: 24, what: "arcs with leading zeros", script: named([0x2B, 0x80, 0x80, 0x06]), ends: { looping($0) || complete($0) }),
        .init(item: 24, what: "an empty name", script: named([]), ends: looping),
        .init(item: 24, what: "a first octet of 255", script: named([0xFF, 0x7F, 1]), ends: complete),
        .init(item: 26, what: "Counter64", script: value(BER.unsigned(.max, tag: 0x46)), ends: complete),
        .init(item: 26, what: "an integer of nine octets", script: value(BER.tagged(2, Array(repeating: 1, count: 9))), ends: malformed),
        .init(item: 26, what: "an integer of no octets", script: value([2, 0]), ends: malformed),
        .init(item: 26, what: "a negative counter", script: value([0x41, 1, 0xFF]), ends: complete),
        .init(item: 26, what: "negative time ticks", script: value([0x43, 4, 0xFF, 0xFF, 0xFF, 0xFE]), ends: complete),
        .init(item: 26, what: "a counter of ten octets", script: value(BER.tagged(0x46, Array(repeating: 1, count: 10))), ends: malformed),
        .init(item: 27, what: "60 KB of text", script: value(BER.large(0x04, Array(repeating: 0x41, count: 60_000))), ends: complete),
        .init(
            item: 27,
            what: "a text that is none",
            script: value(BER.tagged(4, [0, 0xFF, 0xFE, 0x1B, 0x5B, 0x33, 0x31, 0x6D, 13, 10])),
            ends: complete
        ),
        .init(
            item: 27,
            what: "a script and a change of direction",
            script: value(BER.tagged(4, Array("<script>\u{202E}".utf8))),
            ends: complete
        ),
        .init(item: 27, what: "a date of thirteen octets", script: value(BER.tagged(4, Array(repeating: 7, count: 13))), ends: complete),
        .init(item: 28, what: "an address of three octets", script: value(BER.tagged(0x40, [1, 2, 3])), ends: complete),
        .init(
            item: 28,
            what: "an address of sixteen octets",
            script: value(BER.tagged(0x40, Array(repeating: 9, count: 16))),
            ends: complete
        ),
        .init(item: 29, what: "an opaque float", script: value(BER.value(.opaqueFloat(1.5))), ends: complete),
        .init(item: 29, what: "an opaque float that is cut", script: value(BER.tagged(0x44, [0x9F, 0x78, 4, 0x3F])), ends: complete),
        .init(item: 29, what: "a tag that goes on", script: value([0xBF, 1, 7]), ends: malformed),
        .init(item: 29, what: "a tag that nobody knows", script: value([0x4F, 1, 7]), ends: malformed),
        .init(item: 38, what: "format strings", script: value(BER.tagged(4, Array("%n%s%x%n".utf8))), ends: complete),
        .init(item: 38, what: "a row that is a number", script: rows { _ in [[2, 1, 1]] }, ends: malformed),
        .init(item: 38, what: "a row without value", script: rows { _ in [BER.name(root.appending([1]))] }, ends: malformed),
        .init(
            item: 38,
            what: "a value beyond its row",
            script: rows { _ in [BER.name(root.appending([1])) + [4, 0x82, 0x7F, 0xFF]] },
            ends: malformed
        ),
    ]

    private static func named(_ octets: [UInt8]) -> ScriptedAgent.Script {
        rows { _ in [BER.tagged(0x06, octets) + BER.integer(1)] }
    }

    static let all = datagrams + pdus + values
}

extension BER {
    /// An element of more than 64 KB, or nearly.
    static func large(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        [tag, 0x83, UInt8(content.count >> 16), UInt8(content.count >> 8 & 0xFF), UInt8(content.count & 0xFF)] + content
    }
}
