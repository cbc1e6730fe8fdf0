import Domain
import Testing

@Suite("Words, keys and values", .timeLimit(.minutes(1)))
struct WordsTests {
    @Test("priorities read their words in any case and sort by urgency", arguments: Priority.allCases)
    func priorities(priority: Priority) {
        #expect(Priority(word: priority.word) == priority)
        #expect(Priority(word: priority.word.uppercased()) == priority)
        #expect(Priority.emergency <= priority && priority <= Priority.maintenance)
    }

    @Test("classes and states read their words in any case")
    func classesAndStates() {
        for taskClass in TaskClass.allCases { #expect(TaskClass(word: taskClass.word.uppercased()) == taskClass) }
        for state in TaskState.allCases { #expect(TaskState(word: state.word.uppercased()) == state) }
        #expect(Priority(word: "soon") == nil && TaskClass(word: "gpu") == nil && TaskState(word: "running") == nil)
        #expect(Priority.allowed == "emergency, critical, urgent, high, normal, low, background, maintenance")
    }

    @Test("four states end a task and three do not")
    func terminal() {
        #expect(TaskState.allCases.filter(\.isTerminal) == [.succeeded, .dead, .cancelled, .expired])
    }

    @Test("there are forty lanes with names of their own")
    func lanes() {
        #expect(Lane.all.count == 40)
        #expect(Set(Lane.all.map(\.description)).count == 40)
        #expect(Lane(.network, .high).description == "network.high")
    }

    @Test("an exclusion key has 1 to 200 bytes and no control characters")
    func exclusionKeys() {
        #expect(ExclusionKey("")?.text == nil)
        #expect(ExclusionKey(String(repeating: "k", count: 200)) != nil)
        #expect(ExclusionKey(String(repeating: "k", count: 201)) == nil)
        #expect(ExclusionKey(String(repeating: "é", count: 101)) == nil)
        #expect(ExclusionKey("a\nb") == nil && ExclusionKey("a\u{7F}") == nil && ExclusionKey("a\u{0}") == nil)
        #expect(ExclusionKey(OLTID(17)).text == "olt:17")
    }

    @Test("a run token is sixteen digits")
    func runTokens() {
        #expect(RunToken(0xAB).description == "00000000000000ab")
        #expect(RunToken(.max).description == "ffffffffffffffff")
    }

    @Test("a JSON number is whole only when it is one and exact")
    func wholeNumbers() {
        #expect(JSONValue.number(42).whole == 42)
        #expect(JSONValue.number(-9_007_199_254_740_992).whole == -9_007_199_254_740_992)
        #expect(JSONValue.number(9_007_199_254_740_994).whole == nil)
        #expect(JSONValue.number(1.5).whole == nil)
        #expect(JSONValue.number(.nan).whole == nil && JSONValue.number(.infinity).whole == nil)
        #expect(JSONValue.text("42").whole == nil)
    }

    @Test("JSON values tell their type in words")
    func typeWords() {
        let values: [JSONValue] = [.null, true, 1, "x", .list([]), .object([:])]

        #expect(values.map(\.typeWord) == ["null", "a boolean", "a number", "a text", "a list", "an object"])
        #expect(values.map { $0.bool } == [nil, true, nil, nil, nil, nil])
        #expect(values.map { $0.text } == [nil, nil, nil, "x", nil, nil])
        #expect(values.map { $0.list != nil } == [false, false, false, false, true, false])
    }

    @Test("secrets have no text")
    func secrets() {
        #expect("\(Credentials(community: Array("public".utf8)))" == "credentials(hidden)")
        #expect("\(SealedCredentials(bytes: [1, 2], revision: 3))" == "sealed(revision 3)")
    }

    @Test("an IPv6 address is written in brackets")
    func addresses() {
        #expect(DeviceAddress(host: "10.0.0.1").description == "10.0.0.1:161")
        #expect(DeviceAddress(host: "fe80::1", port: 1161).description == "[fe80::1]:1161")
    }

    @Test("a worker's name holds host and process and differs per start")
    func workerIDs() {
        var chance = Chance(seed: 5)
        let first = WorkerID(hostname: "host", pid: 12, using: &chance)
        let second = WorkerID(hostname: "host", pid: 12, using: &chance)

        #expect(first.text.hasPrefix("host-12-"))
        #expect(first != second)
    }

    @Test("every device error says whether trying again can help")
    func deviceErrors() {
        let retryable: [DeviceError] = [
            .silent(device: "d", attempts: 4), .garbage(device: "d", what: "x"), .unreachable(device: "d", reason: "x"),
            .stopped(reason: "x"),
        ]
        let final: [DeviceError] = [
            .unsupported(device: "d", what: "x"), .unknownProfile(name: "p", known: ["a"]), .badCredentials(device: "d"),
            .denied(device: "d", reason: "x", isFinal: true),
        ]

        #expect(retryable.allSatisfy { $0.fault.retryable })
        #expect(final.allSatisfy { !$0.fault.retryable })
        #expect(Set((retryable + final).map { $0.fault.errorClass }).count == 8)
    }
}
