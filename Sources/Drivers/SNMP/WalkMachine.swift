/// One walk of one or several columns: which request comes next, which rows count, and how it ends.
///
/// Pure. Every input is answered by one request or by the end; after the end every input is answered by the end.
/// Each answer accepts a row, ends a column, halves the repetitions or counts as a failed attempt, and all four are
/// bounded, so a walk ends whatever the device says.
struct WalkMachine: Sendable {
    /// Ranges in `SNMPRows` are 32 bits wide.
    private static let bytesMax = 1 << 30

    private(set) var end: WalkEnd?
    private(set) var rows = SNMPRows()
    private(set) var rowCount = 0
    /// Given back to the device's memory after good answers only: a silent device says nothing about sizes.
    private(set) var learned: RepetitionControl

    private let roots: [OID]
    private let version: SNMPVersion
    private let options: WalkOptions
    private let limits: DeviceLimits
    private let began: ContinuousClock.Instant
    private let bytesMax: Int

    /// The last accepted name of each column; its root before the first.
    private var cursors: [OID]
    /// Columns that have not ended, by their place in `roots`.
    private var active: [Int]
    /// Whether a column has at least one row, by its place in `roots`.
    private var filled: [Bool]
    private var repetitions: RepetitionControl
    private var byteCount = 0
    private var retries: Int
    private var failures = 0
    private var hasAnswered = false
    /// Set when not even one repetition of all columns fits.
    private var isOneByOne = false

    init(
        roots: [OID],
        version: SNMPVersion,
        options: WalkOptions,
        limits: DeviceLimits,
        learned: RepetitionControl,
        now: ContinuousClock.Instant
    ) {
        self.roots = roots
        self.version = version
        self.options = options
        bytesMax = min(options.bytesMax, Self.bytesMax)
        self.limits = limits
        self.learned = learned
        repetitions = learned
        retries = limits.retries
        began = now
        cursors = roots
        filled = Array(repeating: false, count: roots.count)
        active = Array(roots.indices)
    }

    // MARK: Inputs

    /// Without `retries` the device's limits hold.
    mutating func start(now: ContinuousClock.Instant, retries: Int? = nil) -> ExchangeEffect {
        if let retries { self.retries = retries }
        return next(now: now)
    }

    mutating func answered(_ answer: Answer, now: ContinuousClock.Instant) -> ExchangeEffect {
        guard end == nil else { return .finish }
        switch answer.errorStatus {
        case 0: return accepted(answer.rows, now: now)
        case ErrorStatus.tooBig: return tooBig(now: now)
        case ErrorStatus.noSuchName: return nameEnded(answer.errorIndex, now: now)
        default: return finish(refusedOrPartial(.agent(status: answer.errorStatus)))
        }
    }

    mutating func failed(_ failure: AttemptFailure, now: ContinuousClock.Instant) -> ExchangeEffect {
        guard end == nil else { return .finish }
        switch failure {
        case .tooLong: return finish(refusedOrPartial(.tooBig))
        case .denied(let fault): return finish(refusedOrPartial(.security(fault)))
        case .timedOut, .malformed, .unreachable, .untrusted: break
        }
        failures += 1
        if failures > retries { return finish(refusedOrPartial(reason(of: failure))) }
        // Some devices drop silently what grows too large.
        if failure == .timedOut { shrink(after: .silence) }
        return next(now: now)
    }

    mutating func stopped(_ stop: Stop) -> ExchangeEffect {
        guard end == nil else { return .finish }
        switch stop {
        case .notSent(let refusal): return finish(.partial(.notSent(refusal)))
        case .cancelled: return finish(.partial(.cancelled))
        case .closed: return finish(refusedOrPartial(.closed))
        }
    }

    /// Columns that the device has nothing of; known once the walk is complete.
    var empty: [OID] { end == .complete ? roots.indices.filter { !filled[$0] }.map { roots[$0] } : [] }

    /// Columns with at least one row.
    var present: [OID] { roots.indices.filter { filled[$0] }.map { roots[$0] } }

    /// Hands over the rows accepted since the last time.
    mutating func takeRows() -> SNMPRows {
        let taken = rows
        rows = SNMPRows()
        return taken
    }

    // MARK: Answers

    private mutating func accepted(_ page: SNMPRows, now: ContinuousClock.Instant) -> ExchangeEffect {
        guard !page.isEmpty else { return emptyAnswer(now: now) }
        let columns = askedColumns
        if columns.count == 1, acceptedWhole(page, columns[0]) { return next(now: now) }
        var last = [Int?](repeating: nil, count: columns.count)
        var ended = [Bool](repeating: false, count: columns.count)
        var verdict: WalkEnd?
        for index in page.indices {
            let place = index % columns.count
            if ended[place] { continue }
            if !page.isPresent(index) {
                ended[place] = true
                continue
            }
            let column = columns[place]
            if let loop = loop(page, index, after: last[place], in: column) {
                verdict = .partial(loop)
                break
            }
            if !page.name(at: index, isInside: roots[column]) {
                ended[place] = true
                continue
            }
            if let cap = cap(adding: page.byteCount(at: index)) {
                verdict = .partial(cap)
                break
            }
            rows.append(index, of: page)
            rowCount += 1
            byteCount += page.byteCount(at: index)
            last[place] = index
        }
        hasAnswered = true
        failures = 0
        for (place, column) in columns.enumerated() {
            if let row = last[place] {
                cursors[column] = page.name(at: row)
                filled[column] = true
            }
        }
        active.removeAll { column in columns.firstIndex(of: column).map { ended[$0] } ?? false }
        repetitions.good()
        learned = repetitions
        if let verdict { return finish(verdict) }
        return next(now: now)
    }

    /// The common case, without looking at rows one by one twice: one column, whose page has only good rows and exceeds no cap.
    private mutating func acceptedWhole(_ page: SNMPRows, _ column: Int) -> Bool {
        guard rowCount + page.count <= options.rowsMax, byteCount + page.byteCount <= bytesMax,
            page.orderedPrefix(behind: cursors[column], inside: roots[column]) == page.count
        else { return false }
        cursors[column] = page.name(at: page.count - 1)
        filled[column] = true
        rowCount += page.count
        byteCount += page.byteCount
        rows.append(page)
        hasAnswered = true
        failures = 0
        repetitions.good()
        learned = repetitions
        return true
    }

    /// Not increasing is judged before "outside": an agent that starts anew looks like the end of the subtree.
    private func loop(_ page: SNMPRows, _ index: Int, after earlier: Int?, in column: Int) -> WalkReason? {
        if let earlier {
            if page.name(at: index, isBehindRow: earlier) { return nil }
            return .notIncreasing(previous: page.name(at: earlier), next: page.name(at: index))
        }
        if page.name(at: index, isBehind: cursors[column]) { return nil }
        return .notIncreasing(previous: cursors[column], next: page.name(at: index))
    }

    private func cap(adding bytes: Int) -> WalkReason? {
        if rowCount >= options.rowsMax { return .rowCap(options.rowsMax) }
        if byteCount + bytes > bytesMax { return .byteCap(bytesMax) }
        return nil
    }

    /// Neither a row nor an error: some devices say so when they could not fit anything.
    private mutating func emptyAnswer(now: ContinuousClock.Instant) -> ExchangeEffect {
        failures += 1
        if failures > retries { return finish(refusedOrPartial(.malformed(attempts: failures))) }
        shrink(after: .silence)
        return next(now: now)
    }

    private mutating func tooBig(now: ContinuousClock.Instant) -> ExchangeEffect {
        failures = 0
        if askedRepetitions > 1 {
            shrink(after: .tooBig)
            learned = repetitions
            return next(now: now)
        }
        // Several columns may not fit where one does.
        if active.count > 1, !isOneByOne {
            isOneByOne = true
            return next(now: now)
        }
        return finish(refusedOrPartial(.tooBig))
    }

    /// The end of the tree in version 1; some agents say it in 2c too.
    private mutating func nameEnded(_ errorIndex: Int32, now: ContinuousClock.Instant) -> ExchangeEffect {
        hasAnswered = true
        failures = 0
        let asked = askedColumns
        let place = Int(errorIndex) - 1
        if asked.indices.contains(place) {
            active.removeAll { $0 == asked[place] }
        } else {
            active.removeAll { asked.contains($0) }
        }
        return next(now: now)
    }

    // MARK: Requests and ends

    private mutating func next(now: ContinuousClock.Instant) -> ExchangeEffect {
        guard !active.isEmpty else { return finish(.complete) }
        if began.duration(to: now) >= options.timeMax { return finish(.partial(.timeCap(options.timeMax))) }
        let operation: Outgoing.Operation =
            switch version {
            case .v1: .getNext
            case .v2c, .v3: .getBulk(repetitions: askedRepetitions)
            }
        return .send(Outgoing(operation: operation, names: askedColumns.map { cursors[$0] }, failures: failures))
    }

    private var askedColumns: [Int] { isOneByOne ? Array(active.prefix(1)) : active }

    private var askedRepetitions: Int {
        guard version != .v1 else { return 1 }
        let most = min(options.repetitionsMax ?? .max, limits.varbindsMax / max(1, askedColumns.count))
        return max(1, min(repetitions.count, most))
    }

    /// Halves until the next request really asks for less.
    private mutating func shrink(after cause: RepetitionControl.Cause) {
        let before = askedRepetitions
        while askedRepetitions >= before, repetitions.failed(cause) {}
    }

    private mutating func finish(_ end: WalkEnd) -> ExchangeEffect {
        self.end = end
        return .finish
    }

    private func refusedOrPartial(_ reason: WalkReason) -> WalkEnd {
        hasAnswered ? .partial(reason) : .refused(reason)
    }

    private func reason(of failure: AttemptFailure) -> WalkReason {
        switch failure {
        case .timedOut: .timedOut(attempts: failures)
        case .malformed: .malformed(attempts: failures)
        case .unreachable(let systemError): .unreachable(systemError: systemError, attempts: failures)
        case .untrusted(let fault), .denied(let fault): .security(fault)
        case .tooLong: .tooBig
        }
    }
}
