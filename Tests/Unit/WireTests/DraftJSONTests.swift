import Domain
import Testing
import Wire

@Suite("Drafts in JSON, as anyone writes them", .timeLimit(.minutes(1)))
struct DraftJSONTests {
    private func decode(_ text: String, contentType: String? = "application/json") -> Result<TaskDraft, WireFault> {
        DraftCodec.decode(Array(text.utf8), contentType: contentType)
    }

    private func refusal(_ text: String, contentType: String? = "application/json") -> WireFault? {
        guard case .failure(let fault) = decode(text, contentType: contentType) else { return nil }
        return fault
    }

    @Test("the minimal draft of the manual is read", arguments: ["application/json", "Application/JSON; charset=utf-8", "", nil])
    func minimal(_ contentType: String?) throws {
        let draft = try decode(
            #" {"kind": "snmp.discovery", "payload": {"olt": "OLT-CENTRAL-01"}, "priority": "high", "maxAttempts": 5}"#,
            contentType: contentType
        ).get()

        #expect(
            draft == TaskDraft(kind: "snmp.discovery", payload: ["olt": "OLT-CENTRAL-01"], priority: "high", maxAttempts: 5)
        )
    }

    @Test("every field has the name of the API")
    func names() throws {
        let draft = try decode(
            #"""
            {"id": "0193F1A2-7c3e-7b64-9d0c-5e8f2a417b90", "kind": "snmp.discovery", "payload": {"a": null}, "priority": "HIGH",
             "class": "network", "exclusionKey": "olt:17", "timeout": "1.5s", "maxAttempts": 5,
             "backoff": {"base": "2s", "factor": 1.5, "ceiling": "60s"}, "dueAt": "2026-11-21T03:20:00.5+01:00", "labels": {"site": "north"}}
            """#
        ).get()

        #expect(draft.id == Samples.id)
        #expect(draft.payload == ["a": .null])
        #expect(draft.priority == "HIGH")
        #expect(draft.taskClass == "network")
        #expect(draft.exclusionKey == "olt:17")
        #expect(draft.timeout == .milliseconds(1500))
        #expect(draft.backoff == BackoffDraft(base: .seconds(2), factor: 1.5, ceiling: .seconds(60)))
        #expect(draft.dueAt?.description == "2026-11-21T02:20:00.500000Z")
        #expect(draft.labels == ["site": "north"])
    }

    @Test("a field that is null is missing")
    func lenient() throws {
        #expect(try decode(#"{"kind": "noop", "priority": null, "payload": null}"#).get() == TaskDraft(kind: "noop"))
    }

    @Test(
        "a refusal quotes a beginning only, also of a text that is one character with marks without end",
        arguments: [
            #"{"kind": "noop", "payload": {"NAME": "\u0000"}}"#, #"{"kind": "noop", "timeout": "NAME"}"#, #"{"NAME": 1}"#,
            #"{"kind": "noop", "labels": {"NAME": 1}}"#, #"{"id": "NAME"}"#,
        ]
    )
    func quotesBeginning(_ text: String) throws {
        let name = "a" + String(repeating: "\u{301}", count: 50_000)

        let fault = try #require(refusal(text.replacing("NAME", with: name)))

        #expect((100..<1000).contains(fault.text.utf8.count), "\(fault.text.utf8.count)")
        let own = #expect(throws: WireFault.self) { try TaskCodec.decode(Array("{\"\(name)\": 1}".utf8), contentType: nil).get() }
        #expect((own?.text.utf8.count ?? 0) < 1000)
    }

    @Test(
        "a field that stands twice in a draft is named",
        arguments: [
            (#"{"kind": "noop", "kind": "walk"}"#, "kind"),
            (#"{"kind": "noop", "payload": {"kind": 1}, "k\u0069nd" : "walk"}"#, #"k\u0069nd"#),
            (#"{"kind": "noop", "backoff": {"base": "1s", "base": "2s"}}"#, "base"),
        ]
    )
    func repeated(_ text: String, _ field: String) throws {
        let fault = try #require(refusal(text))

        #expect(fault.reason == .invalidDraft)
        #expect(fault.field == field)
        #expect(fault.message.contains("twice"), "\(fault.text)")
    }

    private static let wrongDrafts: [(text: String, reason: LetterReason, field: String?, message: String, allowed: String)] = [
        (#"{"kind": "noop", "uniqKey": "a"}"#, .invalidDraft, "uniqKey", "a draft has no such field", "uniqueKey"),
        (
            #"{"kind": "noop", "backoff": {"bse": "1s"}}"#, .invalidDraft, "backoff.bse", "a backoff has no such field",
            "base, factor, ceiling"
        ),
        (#"{"kind": 7}"#, .invalidDraft, "kind", "the number 7.0 does not fit", "a text"),
        (#"{"kind": "noop", "timeout": 30}"#, .invalidDraft, "timeout", "the number 30.0 does not fit", "\"30s\""),
        (#"{"kind": "noop", "timeout": "30"}"#, .invalidDraft, "timeout", "the text \"30\" does not fit", "\"30s\""),
        (#"{"kind": "noop", "timeout": "400000000000s"}"#, .invalidDraft, "timeout", "does not fit", "\"30s\""),
        (#"{"kind": "noop", "dueAt": "tomorrow"}"#, .invalidDraft, "dueAt", "the text \"tomorrow\" does not fit", "RFC 3339"),
        (#"{"kind": "noop", "maxAttempts": 1.5}"#, .invalidDraft, "maxAttempts", "the number 1.5 does not fit", "a whole number"),
        (
            #"{"kind": "noop", "max_attempts": "many"}"#, .invalidDraft, "maxAttempts", "the text \"many\" does not fit",
            "a whole number"
        ),
        (#"{"kind": "noop", "maxAttempts": 3000000000}"#, .invalidDraft, "maxAttempts", "does not fit", "2147483647"),
        (#"{"kind": "noop", "payload": [1]}"#, .invalidDraft, "payload", "it is a list", "an object"),
        (#"{"kind": "noop", "payload": "text"}"#, .invalidDraft, "payload", "the text \"text\" does not fit", "an object"),
        (#"{"kind": "noop", "labels": {"a": 1}}"#, .invalidDraft, "labels.a", "the number 1.0 does not fit", "a text"),
        (#"{"kind": "noop", "backoff": {"factor": "x"}}"#, .invalidDraft, "backoff.factor", "does not fit", "a number"),
        (#"{"kind": "noop", "id": "17"}"#, .invalidDraft, "id", "\"17\" is not a UUID", "a UUID"),
        (#"{"kind": "no\u0000op"}"#, .invalidDraft, "kind", "U+0000", "PostgreSQL"),
        (#"{"kind": "noop", "labels": {"a": "\u0000"}}"#, .invalidDraft, "labels", "U+0000", "PostgreSQL"),
        (#"{"kind": "noop", "payload": {"a": [{"b": "x\u0000"}]}}"#, .invalidPayload, "payload.a[0].b", "U+0000", "PostgreSQL"),
        (#"{"kind": "noop", "payload": {"\u0000": 1}}"#, .invalidPayload, "payload", "U+0000", "PostgreSQL"),
        (#"{"kind": "noop", "payload": {"a": [0, 9007199254740994]}}"#, .invalidPayload, "payload.a[1]", "2^53", "as text"),
        (#"{"kind": "noop", "payload": {"a": -1e300}}"#, .invalidPayload, "payload.a", "2^53", "as text"),
        ("[1]", .invalidDraft, nil, "it is a list", "an object with id, kind"),
        ("null", .invalidDraft, nil, "it is null", "an object with id, kind"),
    ]

    @Test("what is wrong is named with its field and with what is allowed", arguments: wrongDrafts)
    func faults(_ text: String, _ reason: LetterReason, _ field: String?, _ message: String, _ allowed: String) throws {
        let fault = try #require(refusal(text))

        #expect(fault.reason == reason)
        #expect(fault.field == field)
        #expect(fault.message.contains(message), "\(fault.text)")
        #expect(fault.allowed?.contains(allowed) == true, "\(fault.text)")
    }

    @Test(
        "malformed JSON is told by line and column",
        arguments: [
            ("", "line 1, column 1: the text ends", "a value"),
            ("{", "line 1, column 2: the text ends", "the name of a field"),
            ("{\"kind\": \"noop\",\n \"ü\" 1}", "line 2, column 6: found \"1\"", "\":\""),
            ("{\"kind\": \"noop\"\n \"priority\": 1}", "line 2, column 2: found \"\"\"", "\",\" or \"}\""),
            ("{\"kind\": noop}", "line 1, column 10: found \"n\"", "a value"),
            ("{\"kind\": \"noop}", "line 1, column 16: the text ends", "a closing quote"),
            ("{\"kind\": \"\\x\"}", "line 1, column 12: found \"x\"", "an escape"),
            ("{\"kind\": \"\\u12g4\"}", "line 1, column 15: found \"g\"", "four hexadecimal digits"),
            ("{\"payload\": {\"a\": 01}}", "line 1, column 20: found \"1\"", "\",\" or \"}\""),
            ("{\"payload\": {\"a\": NaN}}", "line 1, column 19: found \"N\"", "a value"),
            ("{\"payload\": {\"a\": [1,]}}", "line 1, column 22: found \"]\"", "a value"),
            ("{\"kind\": \"noop\"} x", "line 1, column 18: found \"x\"", "the end of the text"),
            ("{'kind': 1}", "line 1, column 2: found \"'\"", "the name of a field in quotes"),
        ]
    )
    func malformed(_ text: String, _ message: String, _ allowed: String) throws {
        let fault = try #require(refusal(text))

        #expect(fault.reason == .undecodable)
        #expect(fault.message == "malformed JSON at \(message)")
        #expect(fault.allowed?.contains(allowed) == true, "\(fault.text)")
    }

    @Test("a number that no double holds is refused")
    func hugeNumber() throws {
        #expect(refusal(#"{"kind": "noop", "payload": {"a": 1e999}}"#) != nil)
        #expect(refusal(#"{"kind": "noop", "timeout": "1e9s"}"#) != nil)
    }

    @Test("2^53 is taken as it is, its rounded neighbours are refused")
    func largestWhole() throws {
        for literal in ["9007199254740992", "-9007199254740992", "9007199254740992.0", "\"9007199254740993\""] {
            #expect(refusal("{\"kind\": \"noop\", \"payload\": {\"9007199254740993\": \(literal)}}") == nil)
        }
        for literal in ["9007199254740993", "-9007199254740993", "9007199254740992.5", "0, \"b\\\"\": 9007199254740993"] {
            let fault = try #require(refusal("{\"kind\": \"noop\", \"payload\": {\"a\": \(literal)}}"))

            #expect(fault.reason == .invalidPayload)
            #expect(fault.text.contains("2^53"))
        }
    }

    @Test("a hundred levels are read, one more is refused", arguments: [("{\"a\":", "}"), ("[", "]")])
    func depth(_ opening: String, _ closing: String) throws {
        func nested(_ levels: Int) -> String {
            let inner = String(repeating: opening, count: levels) + "1" + String(repeating: closing, count: levels)
            return "{\"kind\": \"noop\", \"payload\": {\"p\": \(inner)}}"
        }

        let deepest = try decode(nested(99)).get()
        #expect(try DraftCodec.decode(DraftCodec.encode(deepest), contentType: nil).get() == deepest)
        for levels in [100, 101, 110, 5_000, 100_000] {
            let fault = try #require(refusal(nested(levels)))
            #expect(fault.reason == .invalidPayload)
            #expect(fault.text.contains("at most 100 levels"))
        }
    }

    @Test("a draft of more than 1 MiB is refused before it is read")
    func tooLarge() throws {
        let fault = try #require(refusal(String(repeating: "{", count: 1_048_577)))

        #expect(fault.reason == .tooLarge)
        #expect(fault.text == "the draft has 1048577 bytes; allowed: at most 1048576 bytes")
    }

    @Test("another content type is refused with the two that are understood")
    func contentType() throws {
        let fault = try #require(refusal("{}", contentType: "text/plain"))

        #expect(fault.reason == .undecodable)
        #expect(fault.text == "content-type: \"text/plain\" is not understood; allowed: application/json, application/x-protobuf")
    }

    @Test("in a batch the fault names the draft")
    func batch() throws {
        func fault(_ text: String) -> WireFault? {
            guard case .failure(let fault) = DraftCodec.decodeBatch(Array(text.utf8), contentType: nil) else { return nil }
            return fault
        }

        #expect(fault(#"{"tasks": [{"kind": "noop"}, {"kind": "noop", "priorty": "low"}]}"#)?.field == "tasks[1].priorty")
        #expect(fault(#"{"tasks": [{"kind": "noop"}, {"kind": "noop", "id": "x"}]}"#)?.field == "tasks[1].id")
        #expect(fault(#"{"tasks": {}}"#)?.field == "tasks")
        #expect(fault(#"{"task": []}"#)?.text == "task: a batch of drafts has no such field; allowed: tasks")
        #expect(fault(#"{"tasks": [{"payload": {"a": 1e17}}]}"#)?.field == "tasks[0].payload.a")
    }
}
