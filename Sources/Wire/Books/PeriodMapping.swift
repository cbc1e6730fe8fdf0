internal import Domain
internal import SwiftProtobuf

extension OperationType {
    private static let words = Dictionary(uniqueKeysWithValues: all.map { ($0, $0.word) })
    private static let types = Dictionary(uniqueKeysWithValues: all.map { ($0.word, $0) })

    /// The word, made once: a book says it for every slot.
    var storedWord: String { Self.words[self] ?? word }

    static func read(_ word: String) throws(WireFault) -> OperationType {
        try Own.word(word, "operation", allowed) { types[$0] }
    }
}

extension Flotilla_V1_BookPeriod {
    init(_ book: PeriodBook) {
        self.init()
        start = book.period.start.microseconds
        end = book.period.end.microseconds
        revision = Int32(clamping: book.revision)
        status = book.status.rawValue
        reason = book.reason
        madeAt = book.madeAt.microseconds
        slots = book.slots.map(Flotilla_V1_BookSlot.init(_:))
        trackers = book.trackers.map(Flotilla_V1_BookTracker.init(_:))
        lastSlot = Int32(clamping: book.lastSlot)
        if let adjustment = book.adjustment { self.adjustment = adjustment }
        overfull = book.isOverfull
    }
}

extension PeriodBook {
    init(_ message: Flotilla_V1_BookPeriod) throws(WireFault) {
        var slots: [PlanSlot] = []
        slots.reserveCapacity(message.slots.count)
        for slot in message.slots { slots.append(try PlanSlot(slot)) }
        var trackers: [QuotaTracker] = []
        for tracker in message.trackers { trackers.append(try QuotaTracker(tracker)) }
        self.init(
            period: Period(start: Timestamp(microseconds: message.start), end: Timestamp(microseconds: message.end)),
            revision: Int(message.revision),
            status: try Own.word(message.status, "periods.status", PlanStatus.allowed, PlanStatus.init(rawValue:)),
            reason: message.reason,
            madeAt: Timestamp(microseconds: message.madeAt),
            slots: slots,
            trackers: trackers,
            lastSlot: Int(message.lastSlot)
        )
        adjustment = message.hasAdjustment ? message.adjustment : nil
        isOverfull = message.overfull
    }
}

extension Flotilla_V1_BookSlot {
    init(_ slot: PlanSlot) {
        self.init()
        id = Int32(clamping: slot.id)
        operation = slot.operation.storedWord
        at = slot.at.microseconds
        predicted = slot.predicted.microseconds
        switch slot.state {
        case .pending: state = .pending
        case .emitted(let task):
            state = .emitted
            self.task = task.description
        case .completed: state = .completed
        case .failed: state = .failed
        case .missed: state = .missed
        case .cancelled: state = .cancelled
        }
    }
}

extension PlanSlot {
    init(_ message: Flotilla_V1_BookSlot) throws(WireFault) {
        let state: State
        switch message.state {
        case .pending: state = .pending
        case .emitted: state = .emitted(try Own.id(message.task, "slots.task"))
        case .completed: state = .completed
        case .failed: state = .failed
        case .missed: state = .missed
        case .cancelled: state = .cancelled
        case .UNRECOGNIZED(let code):
            throw WireFault(.undecodable, field: "slots.state", "\(code) is not understood", allowed: "0 to 5")
        }
        self.init(
            id: Int(message.id),
            operation: try OperationType.read(message.operation),
            at: Timestamp(microseconds: message.at),
            predicted: .microseconds(message.predicted),
            state: state
        )
    }
}

extension Flotilla_V1_BookTracker {
    init(_ tracker: QuotaTracker) {
        self.init()
        operation = tracker.operation.storedWord
        required = Int32(clamping: tracker.required)
        completed = Int32(clamping: tracker.completed)
        failed = Int32(clamping: tracker.failed)
        skipped = Int32(clamping: tracker.skipped)
        status = tracker.status.rawValue
        if let risk = tracker.risk { self.risk = risk }
        requiredBefore = Int32(clamping: tracker.requiredBefore)
        since = tracker.since.microseconds
        changed = tracker.wasChanged
        if let error = tracker.lastError { lastError = error }
    }
}

extension QuotaTracker {
    init(_ message: Flotilla_V1_BookTracker) throws(WireFault) {
        self.init(
            try OperationType.read(message.operation),
            required: Int(message.required),
            since: Timestamp(microseconds: message.since)
        )
        completed = Int(message.completed)
        failed = Int(message.failed)
        skipped = Int(message.skipped)
        status = try Own.word(message.status, "trackers.status", Status.allowed, Status.init(rawValue:))
        risk = message.hasRisk ? message.risk : nil
        requiredBefore = Int(message.requiredBefore)
        wasChanged = message.changed
        lastError = message.hasLastError ? message.lastError : nil
    }
}

extension CaseIterable where Self: RawRepresentable<String> {
    /// For people who met a word that is none of them.
    fileprivate static var allowed: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
