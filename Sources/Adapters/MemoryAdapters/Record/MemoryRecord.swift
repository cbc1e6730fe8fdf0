package import Domain
import Synchronization

/// The record in memory: one model behind a mutex.
///
/// It never fails and never waits; time comes with each call, chance from a seed.
package final class MemoryRecord: Sendable {
    private struct State: Sendable {
        var model: RecordModel
        var chance: SeededChance
    }

    private let state: Mutex<State>
    let leaderNews = MemoryNews()

    package init(chance: SeededChance = SeededChance(seed: 1), model: RecordModel = RecordModel()) {
        state = Mutex(State(model: model, chance: chance))
    }

    /// What the record holds now.
    package var model: RecordModel { state.withLock { $0.model } }

    func with<Answer: Sendable, Failure: Error>(
        _ body: (inout RecordModel) throws(Failure) -> sending Answer
    ) throws(Failure) -> Answer {
        try state.withLock { state throws(Failure) in try body(&state.model) }
    }
}

extension MemoryRecord: TaskRecord {
    package func admit(_ tasks: [AdmittedTask], now: Timestamp) async throws(RecordError) -> [AdmissionAnswer] {
        with { $0.admit(tasks, now: now) }
    }

    package func dispatchDue(room: [Lane: Int], keyed: Bool, limit: Int, now: Timestamp) async throws(RecordError) -> [DispatchedTask] {
        with { $0.dispatchDue(room: room, keyed: keyed, limit: limit, now: now) }
    }

    package func published(_ numbers: [DispatchNumber], now: Timestamp) async throws(RecordError) {
        with { $0.published(numbers, now: now) }
    }

    package func unpublished(before: Timestamp, limit: Int, now: Timestamp) async throws(RecordError) -> [DispatchedTask] {
        with { $0.unpublished(before: before, limit: limit, now: now) }
    }

    package func notTaken(_ numbers: [DispatchNumber], reason: String, dueAt: Timestamp) async throws(RecordError) {
        with { $0.notTaken(numbers, reason: reason, dueAt: dueAt) }
    }

    package func record(_ outcomes: [Outcome], judge: OutcomeJudge, now: Timestamp) async throws(RecordError) -> RecordSummary {
        state.withLock { state in state.model.record(outcomes, judge: judge, now: now, using: &state.chance) }
    }

    package func stage(_ part: OutcomePart, now: Timestamp) async throws(RecordError) {
        with { $0.stage(part) }
    }

    package func dueWatches(limit: Int, now: Timestamp) async throws(RecordError) -> [WatchedNumber] {
        with { $0.dueWatches(limit: limit, now: now) }
    }

    package func rescue(
        _ answers: [(watch: WatchedNumber, answer: VoidAnswer)],
        judge: OutcomeJudge,
        now: Timestamp
    ) async throws(RecordError) -> RecordSummary {
        with { $0.rescue(answers, judge: judge, now: now) }
    }

    package func promoteForgotten(now: Timestamp) async throws(RecordError) -> Int {
        with { $0.promoteForgotten(now: now) }
    }

    package func laneCounts(now: Timestamp) async throws(RecordError) -> LaneCounts { with { $0.laneCounts(now: now) } }

    package func stateCounts() async throws(RecordError) -> [TaskState: Int] { with { $0.stateCounts() } }

    package func task(_ id: TaskID) async throws(RecordError) -> TaskStory? { with { $0.task(id) } }

    package func tasks(_ filter: TaskFilter) async throws(RecordError) -> Page<TaskStory> { with { $0.tasks(filter) } }
}

extension MemoryRecord: DeviceRecord {
    package func addOLT(
        _ entry: OLTEntry,
        seal: @Sendable (OLTID) throws -> SealedCredentials
    ) async throws(RecordError) -> OLT {
        try with { model throws(RecordError) in try model.addOLT(entry, seal: seal) }
    }

    package func changeCredentials(
        of nameOrID: String,
        version: SNMPVersion,
        seal: @Sendable (OLTID, _ revision: Int) throws -> SealedCredentials
    ) async throws(RecordError) -> OLTSummary? {
        try with { model throws(RecordError) in try model.changeCredentials(of: nameOrID, version: version, seal: seal) }
    }

    package func olt(_ nameOrID: String) async throws(RecordError) -> OLTSummary? { with { $0.devices.summary(nameOrID) } }

    package func namedOLTs(_ namesOrIDs: Set<String>) async throws(RecordError) -> [String: Admission.NamedOLT] {
        with { $0.devices.named(namesOrIDs) }
    }

    package func olts(_ filter: OLTFilter) async throws(RecordError) -> Page<OLTSummary> { with { $0.devices.page(filter) } }
}

extension MemoryRecord: ONURecord {
    package func onus(_ filter: ONUFilter) async throws(RecordError) -> Page<KnownONU> {
        with { $0.devices.onus.page(filter, names: $0.devices.names) }
    }

    package func onu(_ olt: OLTID, _ index: String) async throws(RecordError) -> KnownONU? {
        with { $0.devices.onus.onu(olt, index, names: $0.devices.names) }
    }

    package func find(_ search: ONUSearch, limit: Int) async throws(RecordError) -> [KnownONU] {
        with { $0.devices.onus.find(search, limit: limit, names: $0.devices.names) }
    }

    package func events(_ filter: ONUEventFilter) async throws(RecordError) -> Page<KnownONUEvent> {
        with { $0.devices.onus.events(filter, names: $0.devices.names) }
    }

    package func readings(of olt: OLTID, _ index: String, since: Timestamp, limit: Int) async throws(RecordError) -> [Reading] {
        with { $0.devices.onus.readings(of: olt, index, since: since, limit: limit) }
    }

    package func ports(of olt: OLTID) async throws(RecordError) -> [PortState] {
        with { $0.devices.onus.ports(of: olt) }
    }
}

extension MemoryRecord: FleetRecord {
    package func note(_ messages: [FleetMessage], now: Timestamp) async throws(RecordError) {
        with { $0.note(messages, now: now) }
    }

    package func workers(now: Timestamp) async throws(RecordError) -> [KnownWorker] { with { $0.fleet.workers(now: now) } }

    package func markLost(silentSince: Timestamp) async throws(RecordError) -> [WorkerID] {
        with { $0.markLost(silentSince: silentSince) }
    }
}

extension MemoryRecord: LetterRecord {
    package func archive(_ messages: [UnreadableMessage], now: Timestamp) async throws(RecordError) -> [Int64] {
        with { $0.archive(messages, now: now) }
    }

    package func attachEvidence(_ messages: [DeadMessage], now: Timestamp) async throws(RecordError) -> [GivenUpNumber] {
        with { $0.attachEvidence(messages, now: now) }
    }

    package func charge(
        _ answers: [(givenUp: GivenUpNumber, answer: VoidAnswer)],
        judge: OutcomeJudge,
        now: Timestamp
    ) async throws(RecordError) -> RecordSummary {
        with { $0.charge(answers, judge: judge, now: now) }
    }

    package func letters(_ filter: LetterFilter) async throws(RecordError) -> Page<Letter> { with { $0.letters.page(filter) } }

    package func letter(_ id: Int64) async throws(RecordError) -> Letter? { with { $0.letters.letter(id) } }

    package func tally(_ filter: LetterFilter) async throws(RecordError) -> LetterTally { with { $0.letters.tally(filter) } }

    package func openLetters() async throws(RecordError) -> Int { with { $0.letters.openCount } }

    package func plan(_ order: LetterOrder, now: Timestamp) async throws(RecordError) -> LetterPlan { with { $0.plan(order, now: now) } }

    package func perform(
        _ verb: LetterOrder.Verb,
        _ letters: [Int64],
        priority: Priority?,
        payload: Payload?,
        dryRun: Bool,
        makeID: @Sendable () -> TaskID,
        now: Timestamp
    ) async throws(RecordError) -> [LetterAnswer] {
        let order = LetterOrder(verb, .ids(letters), priority: priority, payload: payload)
        return with { $0.perform(order, letters, dryRun: dryRun, makeID: makeID, now: now) }
    }

    package func start(_ order: LetterOrder, now: Timestamp) async throws(RecordError) -> LetterBatch {
        with { $0.start(order, now: now) }
    }

    package func batch(_ id: Int64) async throws(RecordError) -> LetterBatch? { with { $0.letterBatches.batch(id) } }

    package func batches(limit: Int, cursor: String?) async throws(RecordError) -> Page<LetterBatch> {
        with { $0.letterBatches.page(limit: limit, cursor: cursor) }
    }

    package func stop(_ id: Int64, now: Timestamp) async throws(RecordError) -> LetterBatch? {
        with { $0.letterBatches.stop(id, now: now) }
    }

    package func workBatch(chunkMax: Int, makeID: @Sendable () -> TaskID, now: Timestamp) async throws(RecordError) -> LetterBatchStep {
        with { $0.workBatch(chunkMax: chunkMax, makeID: makeID, now: now) }
    }

    package func trim(_ keeping: LetterKeeping, now: Timestamp) async throws(RecordError) -> [LetterTrim] {
        with { $0.trimLetters(keeping, now: now) }
    }
}
