import Domain
import Synchronization

/// A record in memory for plain tasks, with failures on demand. The rules themselves are proven on PostgreSQL.
actor MemoryRecord: TaskRecord, TaskSteering, Housekeeping, DeviceRecord, FleetRecord, LetterRecord, ObservationRecord {
    enum Call: Hashable, Sendable {
        case admit, record, archive, note, attach, published, mark, lookForMarker
    }

    struct Row: Sendable {
        var task: FleetTask
        var state: TaskState
        var number: DispatchNumber?
        var queuedAt: Timestamp?
        var isPublished = false
        var reason: String?
    }

    private(set) var rows: [TaskID: Row] = [:]
    private(set) var admitBatches: [Int] = []
    private(set) var recorded: [[Outcome]] = []
    private(set) var staged: [OutcomePart] = []
    private(set) var archived: [UnreadableMessage] = []
    private(set) var attached: [DeadMessage] = []
    private(set) var noted: [FleetMessage] = []
    private(set) var lostSince: [Timestamp] = []
    private(set) var rescued: [VoidAnswer] = []
    private(set) var markers: [String: Int64] = [:]
    private(set) var charged: [VoidAnswer] = []
    private(set) var trims = 0
    private var givenUp: [GivenUpNumber] = []
    private var steps: [LetterBatchStep] = []
    private var watches: [WatchedNumber] = []
    var ended: [(ids: [TaskID], ending: Ending)] = []
    var nextReport: EndingReport?
    var overdue: [EndingReport] = []
    var moves: [DispatchNumber?] = []
    var moveAnswers: [MoveAnswer] = []
    var wanted: [Demand] = []
    private var failures: [Call: [RecordError]] = [:]
    /// Written although the answer was lost.
    private var commitsThough = false
    private var gate: [CheckedContinuation<Void, Never>] = []
    private var isGateClosed = false
    private var lastNumber: Int64 = 0
    private var waitingCount = 0

    func fail(_ call: Call, _ errors: RecordError...) { failures[call, default: []] += errors }
    func commitThough() { commitsThough = true }
    func watch(_ numbers: WatchedNumber...) { watches += numbers }
    func giveUp(_ numbers: GivenUpNumber...) { givenUp += numbers }
    func steps(_ next: LetterBatchStep...) { steps += next }
    var stepsLeft: Int { steps.count }
    func pretendWaiting(_ count: Int) { waitingCount = count }
    func closeGate() { isGateClosed = true }

    func openGate() {
        isGateClosed = false
        for waiter in gate { waiter.resume() }
        gate = []
    }

    func failureCount(_ call: Call) -> Int { failures[call, default: []].count }

    private func pass(_ call: Call) throws(RecordError) {
        guard let error = failures[call]?.first else { return }
        failures[call]?.removeFirst()
        throw error
    }

    // MARK: Tasks

    func admit(_ tasks: [AdmittedTask], now: Timestamp) async throws(RecordError) -> [AdmissionAnswer] {
        admitBatches.append(tasks.count)
        if isGateClosed { await withCheckedContinuation { gate.append($0) } }
        if tasks.contains(where: { $0.task.labels["poison"] != nil }) { throw .refused(operation: "admit", message: "poison") }
        if commitsThough, failures[.admit]?.first == .commitUnknown { _ = tasks.map { insert($0, now) } }
        try pass(.admit)
        return tasks.map { insert($0, now) }
    }

    private func insert(_ admitted: AdmittedTask, _ now: Timestamp) -> AdmissionAnswer {
        if let row = rows[admitted.task.id] { return .duplicate(of: admitted.task.id, row.state) }
        var row = Row(task: admitted.task, state: .waiting)
        if admitted.goesAtOnce { queue(&row, now) }
        rows[admitted.task.id] = row
        return row.number.map { .queued(dispatched(row, $0)) } ?? .waiting
    }

    private func queue(_ row: inout Row, _ now: Timestamp) {
        lastNumber += 1
        row.number = DispatchNumber(lastNumber)
        row.state = .queued
        row.queuedAt = now
        row.isPublished = false
    }

    private func dispatched(_ row: Row, _ number: DispatchNumber) -> DispatchedTask {
        DispatchedTask(
            id: row.task.id,
            number: number,
            attempt: 1,
            maxAttempts: row.task.maxAttempts,
            kind: row.task.kind,
            payload: row.task.payload,
            priority: row.task.priority,
            taskClass: row.task.taskClass,
            exclusionKey: row.task.exclusionKey,
            timeout: row.task.timeout,
            device: nil
        )
    }

    func dispatchDue(room: [Lane: Int], keyed: Bool, limit: Int, now: Timestamp) async throws(RecordError) -> [DispatchedTask] {
        var found: [DispatchedTask] = []
        for (id, row) in rows where row.state == .waiting && row.task.dueAt <= now && found.count < limit {
            guard keyed || row.task.exclusionKey == nil else { continue }
            var row = row
            queue(&row, now)
            rows[id] = row
            if let number = row.number { found.append(dispatched(row, number)) }
        }
        return found
    }

    func published(_ numbers: [DispatchNumber], now: Timestamp) async throws(RecordError) {
        try pass(.published)
        for (id, row) in rows where row.number.map(numbers.contains) == true { rows[id]?.isPublished = true }
    }

    func unpublished(before: Timestamp, limit: Int, now: Timestamp) async throws(RecordError) -> [DispatchedTask] {
        rows.values.compactMap { row in
            guard let number = row.number, let queuedAt = row.queuedAt, !row.isPublished, queuedAt < before else { return nil }
            return dispatched(row, number)
        }
    }

    func notTaken(_ numbers: [DispatchNumber], reason: String, dueAt: Timestamp) async throws(RecordError) {
        for (id, row) in rows where row.number.map(numbers.contains) == true {
            var row = row
            row.state = .waiting
            row.number = nil
            row.reason = reason
            rows[id] = row
        }
    }

    func record(_ outcomes: [Outcome], judge: OutcomeJudge, now: Timestamp) async throws(RecordError) -> RecordSummary {
        try pass(.record)
        recorded.append(outcomes)
        var summary = RecordSummary()
        for outcome in outcomes {
            guard var row = rows[outcome.task], row.number == outcome.number else {
                summary.stale += 1
                continue
            }
            if case .seen = outcome.verdict {
                summary.watched += 1
                continue
            }
            row.number = nil
            row.state = outcome.verdict == .succeeded ? .succeeded : .waiting
            rows[outcome.task] = row
            summary.left[row.task.lane, default: 0] += 1
            if row.state == .succeeded { summary.succeeded += 1 } else { summary.due += 1 }
        }
        return summary
    }

    func stage(_ part: OutcomePart, now: Timestamp) async throws(RecordError) { staged.append(part) }

    func dueWatches(limit: Int, now: Timestamp) async throws(RecordError) -> [WatchedNumber] { watches }

    func rescue(
        _ answers: [(watch: WatchedNumber, answer: VoidAnswer)],
        judge: OutcomeJudge,
        now: Timestamp
    ) async throws(RecordError) -> RecordSummary {
        rescued += answers.map(\.answer)
        watches.removeAll { watch in answers.contains { $0.watch == watch } }
        return RecordSummary()
    }

    func promoteForgotten(now: Timestamp) async throws(RecordError) -> Int { 0 }

    func laneCounts(now: Timestamp) async throws(RecordError) -> LaneCounts {
        var queued: [Lane: Int] = [:]
        for row in rows.values where row.state == .queued { queued[row.task.lane, default: 0] += 1 }
        return LaneCounts(queued: queued, waiting: waitingCount == 0 ? [:] : [Lane(.cpu, .low): waitingCount], oldestWaiting: [:])
    }

    func stateCounts() async throws(RecordError) -> [TaskState: Int] {
        rows.values.reduce(into: [:]) { $0[$1.state, default: 0] += 1 }
    }

    func task(_ id: TaskID) async throws(RecordError) -> TaskStory? { nil }

    func tasks(_ filter: TaskFilter) async throws(RecordError) -> Page<TaskStory> { Page(items: [], next: nil) }

    // MARK: Devices

    func addOLT(_ entry: OLTEntry, seal: @Sendable (OLTID) throws -> SealedCredentials) async throws(RecordError) -> OLT {
        throw .refused(operation: "add an OLT", message: "not here")
    }

    func changeCredentials(
        of nameOrID: String,
        version: SNMPVersion,
        seal: @Sendable (OLTID, _ revision: Int) throws -> SealedCredentials
    ) async throws(RecordError) -> OLTSummary? { nil }

    func olt(_ nameOrID: String) async throws(RecordError) -> OLTSummary? { nil }

    func namedOLTs(_ namesOrIDs: Set<String>) async throws(RecordError) -> [String: Admission.NamedOLT] {
        namesOrIDs.contains("OLT-1") ? ["OLT-1": .known(OLTID(1), enabled: true)] : [:]
    }

    func olts(_ filter: OLTFilter) async throws(RecordError) -> Page<OLTSummary> { Page(items: [], next: nil) }

    func changeOLT(_ nameOrID: String, _ change: OLTChange, now: Timestamp) async throws(RecordError) -> OLTSummary? { nil }

    func removeOLT(_ nameOrID: String) async throws(RecordError) -> OLTRemoval { .unknown }

    func declare(_ operations: [DeclaredOperation], of olt: OLTID, now: Timestamp) async throws(RecordError) -> Bool { false }

    func undeclare(_ types: [OperationType], of olt: OLTID) async throws(RecordError) -> [OperationType] { [] }

    func operations(of olts: [OLTID]) async throws(RecordError) -> [OLTID: [DeclaredOperation]] { [:] }

    func declarations(of olts: Set<OLTID>) async throws(RecordError) -> [OLTDeclaration] { [] }

    func allDeclarations(after olt: OLTID?, limit: Int) async throws(RecordError) -> [OLTDeclarationText] { [] }

    // MARK: Fleet

    func note(_ messages: [FleetMessage], now: Timestamp) async throws(RecordError) {
        try pass(.note)
        noted += messages
    }

    func workers(now: Timestamp) async throws(RecordError) -> [KnownWorker] { [] }

    func markLost(silentSince: Timestamp) async throws(RecordError) -> [WorkerID] {
        lostSince.append(silentSince)
        return []
    }

    // MARK: Observations

    func note(_ markers: [OutcomeMarker], now: Timestamp) async throws(RecordError) {
        try pass(.mark)
        for marker in markers { self.markers[marker.observer] = max(self.markers[marker.observer] ?? 0, marker.value) }
    }

    func lastMarker(of observer: String) async throws(RecordError) -> Int64? {
        try pass(.lookForMarker)
        return markers[observer]
    }

    func noteMadeAnew(_ queues: [ObservedQueue], now: Timestamp) async throws(RecordError) {}

    func noteOvertaken(_ lane: Lane, upTo horizon: DispatchNumber, now: Timestamp) async throws(RecordError) {}

    func claimCases(by observer: String, for span: Duration, now: Timestamp) async throws(RecordError) -> [LossCase] { [] }

    func settle(_ settled: LossCase, now: Timestamp) async throws(RecordError) {}

    func queuedNumbers(upTo horizon: DispatchNumber?) async throws(RecordError) -> QueuedNumbers {
        QueuedNumbers(last: DispatchNumber(lastNumber), byLane: [:])
    }

    func missing(in lane: Lane, upTo horizon: DispatchNumber, ready: Int, limit: Int) async throws(RecordError) -> [MissingNumber] { [] }

    func oldestBeat() async throws(RecordError) -> Timestamp? { nil }

    func release(
        _ numbers: [(number: MissingNumber, answer: VoidAnswer)],
        judge: OutcomeJudge,
        now: Timestamp
    ) async throws(RecordError) -> RecordSummary { RecordSummary() }

    // MARK: Letters

    func archive(_ messages: [UnreadableMessage], now: Timestamp) async throws(RecordError) -> [Int64] {
        try pass(.archive)
        archived += messages
        return messages.indices.map { Int64($0) }
    }

    func attachEvidence(_ messages: [DeadMessage], now: Timestamp) async throws(RecordError) -> [GivenUpNumber] {
        try pass(.attach)
        if messages.count > 1, messages.contains(where: { $0.reason == "poison" }) {
            throw .refused(operation: "attach", message: "poison")
        }
        attached += messages
        return givenUp.filter { number in messages.contains { $0.number == number.number } }
    }

    func charge(
        _ answers: [(givenUp: GivenUpNumber, answer: VoidAnswer)],
        judge: OutcomeJudge,
        now: Timestamp
    ) async throws(RecordError) -> RecordSummary {
        charged += answers.map(\.answer)
        return RecordSummary()
    }

    func letters(_ filter: LetterFilter) async throws(RecordError) -> Page<Letter> { Page(items: [], next: nil) }

    func letter(_ id: Int64) async throws(RecordError) -> Letter? { nil }

    func tally(_ filter: LetterFilter) async throws(RecordError) -> LetterTally { LetterTally() }

    func plan(_ order: LetterOrder, now: Timestamp) async throws(RecordError) -> LetterPlan {
        LetterPlan(verb: order.verb, closes: LetterTally(), leaves: 0, obstacles: [])
    }

    func perform(
        _ verb: LetterOrder.Verb,
        _ letters: [Int64],
        priority: Priority?,
        payload: Payload?,
        dryRun: Bool,
        makeID: @Sendable () -> TaskID,
        now: Timestamp
    ) async throws(RecordError) -> [LetterAnswer] {
        letters.map { LetterAnswer(letter: $0, kind: nil, reason: nil, word: .notFound) }
    }

    func start(_ order: LetterOrder, now: Timestamp) async throws(RecordError) -> LetterBatch {
        throw .refused(operation: "start a batch", message: "not here")
    }

    func batch(_ id: Int64) async throws(RecordError) -> LetterBatch? { nil }

    func batches(limit: Int, cursor: String?) async throws(RecordError) -> Page<LetterBatch> { Page(items: [], next: nil) }

    func stop(_ id: Int64, now: Timestamp) async throws(RecordError) -> LetterBatch? { nil }

    func workBatch(chunkMax: Int, makeID: @Sendable () -> TaskID, now: Timestamp) async throws(RecordError) -> LetterBatchStep {
        guard !steps.isEmpty else { return .idle }
        return steps.removeFirst()
    }

    func trim(_ keeping: LetterKeeping, now: Timestamp) async throws(RecordError) -> [LetterTrim] {
        trims += 1
        return trims == 1 ? [LetterTrim(group: .taskClass(.network), removed: 7, open: 5)] : []
    }

    func openLetters() async throws(RecordError) -> Int { 0 }
}
