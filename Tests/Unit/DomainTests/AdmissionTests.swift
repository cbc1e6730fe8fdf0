import Domain
import Testing

@Suite("Admission", .timeLimit(.minutes(1)))
struct AdmissionTests {
    private let now = Timestamp(microseconds: 1_700_000_000_000_000)
    private let known = Admission.NamedOLT.known(OLTID(17), enabled: true)

    private func admit(
        _ draft: TaskDraft,
        olt: Admission.NamedOLT? = nil,
        lanePriority: Priority? = nil
    ) -> Result<FleetTask, Admission.Fault> {
        var chance = Chance(seed: 11)
        return Admission().admit(draft, olt: olt, source: .http, lanePriority: lanePriority, now: now, using: &chance)
    }

    private func fault(_ draft: TaskDraft, olt: Admission.NamedOLT? = nil) -> Admission.Fault? {
        guard case .failure(let fault) = admit(draft, olt: olt) else { return nil }
        return fault
    }

    @Test("a minimal draft takes everything from its kind")
    func minimal() throws {
        let task = try admit(TaskDraft(kind: "snmp.discovery", payload: ["olt": "OLT-CENTRAL-01"]), olt: known).get()

        #expect(task.priority == .normal && task.taskClass == .network && task.maxAttempts == 5)
        #expect(task.exclusionKey == ExclusionKey(OLTID(17)) && task.olt == OLTID(17))
        #expect(task.timeout == .seconds(3600) && task.backoff.base == .seconds(5))
        #expect(task.createdAt == now && task.dueAt == now && task.labels.isEmpty && task.source == .http && task.retryOf == nil)
        #expect(task.lane == Lane(.network, .normal) && !task.mayGoAtOnce)
    }

    @Test("what a draft says wins over its lane, the lane over the kind")
    func precedence() throws {
        #expect(try admit(TaskDraft(kind: "noop", priority: "High"), lanePriority: .low).get().priority == .high)
        #expect(try admit(TaskDraft(kind: "noop"), lanePriority: .low).get().priority == .low)
        #expect(try admit(TaskDraft(kind: "noop", priority: "")).get().priority == .normal)
        #expect(try admit(TaskDraft(kind: "noop", taskClass: "CPU")).get().taskClass == .cpu)
    }

    @Test("a full draft is kept as it was given")
    func full() throws {
        let id = TaskID(high: 1, low: 2)
        let draft = TaskDraft(
            kind: "noop",
            payload: ["sleepMs": 5],
            id: id,
            exclusionKey: "site:4",
            timeout: .seconds(9),
            maxAttempts: 100,
            backoff: BackoffDraft(base: .seconds(2), factor: 3, ceiling: .seconds(40)),
            dueAt: now + .seconds(60),
            labels: ["site": "four"]
        )

        let task = try admit(draft).get()

        #expect(task.id == id && task.payload == draft.payload && task.exclusionKey?.text == "site:4")
        #expect(task.timeout == .seconds(9) && task.maxAttempts == 100 && task.labels == ["site": "four"])
        #expect(task.backoff == Backoff(base: .seconds(2), factor: 3, ceiling: .seconds(40)))
        #expect(task.dueAt == now + .seconds(60) && !task.mayGoAtOnce)
        #expect(try admit(TaskDraft(kind: "noop", dueAt: now - .seconds(5))).get().dueAt == now)
        #expect(try admit(TaskDraft(kind: "noop")).get().mayGoAtOnce)
    }

    @Test("a light kind takes no key, and only a heavy one insists on its OLT's")
    func keys() throws {
        let probe = TaskDraft(kind: "snmp.probe", payload: ["olt": 17])
        #expect(try admit(probe, olt: known).get().exclusionKey == nil)

        let own = TaskDraft(kind: "snmp.discovery", payload: ["olt": 17], exclusionKey: "olt:17")
        #expect(try admit(own, olt: known).get().exclusionKey?.text == "olt:17")
    }

    @Test("the OLT to look up is the payload's name or number, for kinds that have one")
    func namedOLT() {
        #expect(Admission.namedOLT(of: TaskDraft(kind: "snmp.get", payload: ["olt": "A"])) == "A")
        #expect(Admission.namedOLT(of: TaskDraft(kind: "snmp.probe", payload: ["olt": 17])) == "17")
        #expect(Admission.namedOLT(of: TaskDraft(kind: "snmp.probe", payload: ["olt": true])) == nil)
        #expect(Admission.namedOLT(of: TaskDraft(kind: "noop", payload: ["olt": "A"])) == nil)
        #expect(Admission.namedOLT(of: TaskDraft(kind: "nothing", payload: ["olt": "A"])) == nil)
    }

    @Test("an unknown kind is refused with the kinds there are")
    func unknownKind() {
        let fault = fault(TaskDraft(kind: "nop"))

        #expect(fault?.code == .unknownKind && fault?.field == "kind")
        #expect(fault?.allowed == "noop, fail, snmp.discovery, snmp.get, snmp.walk, snmp.probe")
        #expect(fault?.text == "kind: there is no kind \"nop\"; allowed: noop, fail, snmp.discovery, snmp.get, snmp.walk, snmp.probe")
        #expect(fault?.letterReason == .unknownKind)
    }

    @Test("an OLT that is not there, or disabled, is refused")
    func olts() {
        let draft = TaskDraft(kind: "snmp.probe", payload: ["olt": "A"])

        #expect(fault(draft, olt: .unknown)?.code == .unknownOLT)
        #expect(fault(draft)?.code == .unknownOLT)
        #expect(fault(draft, olt: .known(OLTID(1), enabled: false))?.code == .disabledOLT)
        #expect(fault(draft, olt: .unknown)?.letterReason == .invalidPayload)
    }

    private static let wrongFields: [(TaskDraft, String)] = [
        (TaskDraft(kind: "noop", priority: "soon"), "priority"),
        (TaskDraft(kind: "noop", taskClass: "gpu"), "class"),
        (TaskDraft(kind: "noop", exclusionKey: String(repeating: "k", count: 201)), "exclusionKey"),
        (TaskDraft(kind: "noop", exclusionKey: "a\u{0}b"), "exclusionKey"),
        (TaskDraft(kind: "noop", timeout: .zero), "timeout"),
        (TaskDraft(kind: "noop", timeout: .seconds(-1)), "timeout"),
        (TaskDraft(kind: "noop", timeout: .seconds(86_341)), "timeout"),
        (TaskDraft(kind: "noop", maxAttempts: 0), "maxAttempts"),
        (TaskDraft(kind: "noop", maxAttempts: 101), "maxAttempts"),
        (TaskDraft(kind: "noop", backoff: BackoffDraft(base: .seconds(-1))), "backoff.base"),
        (TaskDraft(kind: "noop", backoff: BackoffDraft(base: .seconds(3601))), "backoff.base"),
        (TaskDraft(kind: "noop", backoff: BackoffDraft(factor: 0.5)), "backoff.factor"),
        (TaskDraft(kind: "noop", backoff: BackoffDraft(factor: 11)), "backoff.factor"),
        (TaskDraft(kind: "noop", backoff: BackoffDraft(factor: .nan)), "backoff.factor"),
        (TaskDraft(kind: "noop", backoff: BackoffDraft(base: .seconds(9), ceiling: .seconds(8))), "backoff.ceiling"),
        (TaskDraft(kind: "noop", backoff: BackoffDraft(ceiling: .seconds(86_401))), "backoff.ceiling"),
        (TaskDraft(kind: "noop", labels: Dictionary(uniqueKeysWithValues: (0..<17).map { ("k\($0)", "v") })), "labels"),
        (TaskDraft(kind: "noop", labels: [String(repeating: "k", count: 65): "v"]), "labels"),
        (TaskDraft(kind: "noop", labels: ["k": String(repeating: "v", count: 65)]), "labels"),
        (TaskDraft(kind: "noop", labels: ["": "v"]), "labels"),
    ]

    @Test("a field out of its range is refused by name with what is allowed", arguments: wrongFields)
    func wrongField(draft: TaskDraft, field: String) {
        let fault = fault(draft)

        #expect(fault?.code == .invalidValue)
        #expect(fault?.field == field)
        #expect(fault?.allowed?.isEmpty == false)
        #expect(fault?.letterReason == .invalidDraft)
    }

    @Test("a heavy kind may not choose another key")
    func otherKey() {
        let fault = fault(TaskDraft(kind: "snmp.discovery", payload: ["olt": 17], exclusionKey: "olt:18"), olt: known)

        #expect(fault?.field == "exclusionKey" && fault?.allowed == "olt:17")
    }

    @Test("the limits themselves are allowed")
    func limits() throws {
        let draft = TaskDraft(
            kind: "noop",
            exclusionKey: String(repeating: "k", count: 200),
            timeout: .seconds(86_340),
            maxAttempts: 1,
            backoff: BackoffDraft(base: .seconds(3600), factor: 10, ceiling: .seconds(86_400)),
            labels: Dictionary(uniqueKeysWithValues: (0..<16).map { (String(repeating: "k", count: 62) + String($0 + 10), "") })
        )

        #expect(try admit(draft).get().labels.count == 16)
    }
}
