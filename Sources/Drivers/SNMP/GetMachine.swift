/// One GET or GETNEXT of many names: split into requests of a bounded size, split further when they are too big.
///
/// Pure, with the same promises as `WalkMachine`.
struct GetMachine: Sendable {
    private(set) var result: Result<[VarBind], SNMPError>?
    /// The size that worked; the device remembers it.
    private(set) var namesPerGet: Int

    private let names: [OID]
    private let isNext: Bool
    private var retries: Int
    private var found: [VarBind?]
    /// Places in `names`, in groups; the first group is under way.
    private var groups: [ArraySlice<Int>]
    private var failures = 0

    /// With `isNext` each name asks for what lies behind it.
    init(names: [OID], isNext: Bool = false, namesPerGet: Int, retries: Int) {
        self.names = names
        self.isNext = isNext
        self.namesPerGet = max(1, namesPerGet)
        self.retries = retries
        found = Array(repeating: nil, count: names.count)
        let size = self.namesPerGet
        groups = stride(from: 0, to: names.count, by: size).map { start in
            Array(start..<min(start + size, names.count))[...]
        }
    }

    // MARK: Inputs

    /// Without `retries` those of the initializer hold.
    mutating func start(retries: Int? = nil) -> ExchangeEffect {
        if let retries { self.retries = retries }
        return next()
    }

    mutating func answered(_ answer: Answer) -> ExchangeEffect {
        guard result == nil, let group = groups.first else { return .finish }
        switch answer.errorStatus {
        case 0: return accepted(answer.rows, group)
        case ErrorStatus.tooBig: return tooBig(group)
        case ErrorStatus.noSuchName: return cutOut(answer.errorIndex, group)
        default: return finish(.agent(status: answer.errorStatus, name: blamed(answer.errorIndex, group).map { names[$0] }))
        }
    }

    mutating func failed(_ failure: AttemptFailure) -> ExchangeEffect {
        guard result == nil, let group = groups.first else { return .finish }
        switch failure {
        case .tooLong: return tooBig(group)
        case .denied(let fault): return finish(.security(fault))
        case .timedOut, .malformed, .unreachable, .untrusted: break
        }
        failures += 1
        if failures > retries { return finish(error(of: failure)) }
        // Some devices drop silently what grows too large.
        if failure == .timedOut { split(group) }
        return next()
    }

    mutating func stopped(_ stop: Stop) -> ExchangeEffect {
        guard result == nil else { return .finish }
        switch stop {
        case .notSent(let refusal): return finish(.notSent(refusal))
        case .cancelled: return finish(.cancelled)
        case .closed: return finish(.closed)
        }
    }

    // MARK: Answers

    private mutating func accepted(_ rows: SNMPRows, _ group: ArraySlice<Int>) -> ExchangeEffect {
        let isAnswer = rows.count == group.count && zip(rows.indices, group).allSatisfy { fits(rows, $0, names[$1]) }
        guard isAnswer else { return failed(.malformed) }
        for (row, place) in zip(rows.indices, group) {
            // A name that was asked is there already: the answer's is not made once more.
            found[place] = isNext ? rows[row] : VarBind(name: names[place], value: rows.value(at: row))
        }
        return groupDone()
    }

    /// The end of the view is said with the name that was asked.
    private func fits(_ rows: SNMPRows, _ row: Int, _ name: OID) -> Bool {
        isNext && rows.isPresent(row) ? rows.name(at: row, isBehind: name) : rows.name(at: row, is: name)
    }

    /// The whole request failed because of one name: it has no value, the others are asked again.
    private mutating func cutOut(_ errorIndex: Int32, _ group: ArraySlice<Int>) -> ExchangeEffect {
        failures = 0
        if let place = blamed(errorIndex, group) {
            found[place] = VarBind(name: names[place], value: .noSuchObject)
            let rest = group.filter { $0 != place }
            if rest.isEmpty { return groupDone() }
            groups[0] = rest[...]
        } else if let only = group.first, group.count == 1 {
            found[only] = VarBind(name: names[only], value: .noSuchObject)
            return groupDone()
        } else {
            split(group)
        }
        return next()
    }

    private mutating func tooBig(_ group: ArraySlice<Int>) -> ExchangeEffect {
        failures = 0
        if let only = group.first, group.count == 1 { return finish(.tooBig(names[only])) }
        split(group)
        namesPerGet = max(1, min(namesPerGet, group.count / 2))
        return next()
    }

    private mutating func groupDone() -> ExchangeEffect {
        failures = 0
        groups.removeFirst()
        return next()
    }

    private mutating func split(_ group: ArraySlice<Int>) {
        guard group.count > 1 else { return }
        let middle = group.startIndex + group.count / 2
        groups.replaceSubrange(0..<1, with: [group[..<middle], group[middle...]])
    }

    private func blamed(_ errorIndex: Int32, _ group: ArraySlice<Int>) -> Int? {
        guard errorIndex >= 1, Int(errorIndex) <= group.count else { return nil }
        return group[group.startIndex + Int(errorIndex) - 1]
    }

    // MARK: Requests and ends

    private mutating func next() -> ExchangeEffect {
        guard let group = groups.first else {
            result = .success(zip(names, found).map { $1 ?? VarBind(name: $0, value: .null) })
            return .finish
        }
        return .send(Outgoing(operation: isNext ? .getNext : .get, names: group.map { names[$0] }, failures: failures))
    }

    private mutating func finish(_ error: SNMPError) -> ExchangeEffect {
        result = .failure(error)
        return .finish
    }

    private func error(of failure: AttemptFailure) -> SNMPError {
        switch failure {
        case .timedOut: .timedOut(attempts: failures)
        case .malformed: .malformed(attempts: failures)
        case .unreachable(let systemError): .unreachable(systemError: systemError, attempts: failures)
        case .untrusted(let fault), .denied(let fault): .security(fault)
        case .tooLong: .malformed(attempts: failures)
        }
    }
}
