internal import Domain
internal import SwiftProtobuf

extension Flotilla_V1_Book {
    init(_ book: OLTBook) {
        self.init()
        olt = book.olt.value
        basis = Flotilla_V1_BookDeclaration(book.basis)
        periods = book.periods.map(Flotilla_V1_BookPeriod.init(_:))
        condition = Flotilla_V1_BookCondition(book.condition)
        durations = book.durations.sorted { $0.key < $1.key }.map(Flotilla_V1_BookDuration.init(_:_:))
        wakeAt = book.wakeAt.microseconds
        if let end = book.closedUntil { closedUntil = end.microseconds }
    }
}

extension OLTBook {
    init(_ message: Flotilla_V1_Book) throws(WireFault) {
        let olt = OLTID(message.olt)
        self.init(olt, now: Timestamp(microseconds: message.wakeAt))
        basis = try OLTDeclaration(message.basis, of: olt)
        periods.reserveCapacity(message.periods.count)
        closedUntil = message.hasClosedUntil ? Timestamp(microseconds: message.closedUntil) : nil
        for period in message.periods { periods.append(try PeriodBook(period)) }
        condition = try OLTCondition(message.condition)
        for duration in message.durations { durations[try OperationType.read(duration.operation)] = DurationModel(duration) }
    }
}

extension Flotilla_V1_BookDeclaration {
    init(_ declaration: OLTDeclaration) {
        self.init()
        enabled = declaration.isEnabled
        operations = declaration.operations.map(Flotilla_V1_BookOperation.init(_:))
    }
}

extension OLTDeclaration {
    init(_ message: Flotilla_V1_BookDeclaration, of olt: OLTID) throws(WireFault) {
        var operations: [DeclaredOperation] = []
        for operation in message.operations { operations.append(try DeclaredOperation(operation)) }
        self.init(olt, isEnabled: message.enabled, operations: operations)
    }
}

extension Flotilla_V1_BookOperation {
    init(_ operation: DeclaredOperation) {
        self.init()
        type = operation.type.storedWord
        enabled = operation.isEnabled
        switch operation.cadence {
        case .perPeriod(let times): perPeriod = Int32(clamping: times)
        case .every(let span): every = span.microseconds
        }
        if let timeout = operation.timeout { self.timeout = timeout.microseconds }
    }
}

extension DeclaredOperation {
    init(_ message: Flotilla_V1_BookOperation) throws(WireFault) {
        let cadence: Cadence
        if message.hasPerPeriod {
            cadence = .perPeriod(Int(message.perPeriod))
        } else if message.hasEvery {
            cadence = .every(.microseconds(message.every))
        } else {
            throw WireFault(.undecodable, field: "basis.operations", "\(message.type) says neither how often nor in which interval")
        }
        self.init(
            try OperationType.read(message.type),
            isEnabled: message.enabled,
            cadence: cadence,
            timeout: message.hasTimeout ? .microseconds(message.timeout) : nil
        )
    }
}

extension Flotilla_V1_BookCondition {
    init(_ condition: OLTCondition) {
        self.init()
        failuresInRow = Int32(clamping: condition.failuresInRow)
        if let time = condition.failingSince { failingSince = time.microseconds }
        emergencies = Int32(clamping: condition.emergencies)
        if let time = condition.suspendedAt { suspendedAt = time.microseconds }
        if let task = condition.probe { probe = task.description }
        if let time = condition.awaitsLeaseSince { awaitsLeaseSince = time.microseconds }
        outages = condition.outages.map(Flotilla_V1_BookSpell.init(_:))
        disabled = condition.disabled.map(Flotilla_V1_BookSpell.init(_:))
        if let time = condition.lastSuccessAt { lastSuccessAt = time.microseconds }
        if let error = condition.lastError { lastError = error }
        discovered = condition.isDiscovered
        succeeded = Int64(condition.succeeded)
        failed = Int64(condition.failed)
    }
}

extension OLTCondition {
    init(_ message: Flotilla_V1_BookCondition) throws(WireFault) {
        self.init()
        failuresInRow = Int(message.failuresInRow)
        failingSince = message.hasFailingSince ? Timestamp(microseconds: message.failingSince) : nil
        emergencies = Int(message.emergencies)
        suspendedAt = message.hasSuspendedAt ? Timestamp(microseconds: message.suspendedAt) : nil
        probe = message.hasProbe ? try Own.id(message.probe, "condition.probe") : nil
        awaitsLeaseSince = message.hasAwaitsLeaseSince ? Timestamp(microseconds: message.awaitsLeaseSince) : nil
        outages = message.outages.map(Spell.init(_:))
        disabled = message.disabled.map(Spell.init(_:))
        lastSuccessAt = message.hasLastSuccessAt ? Timestamp(microseconds: message.lastSuccessAt) : nil
        lastError = message.hasLastError ? message.lastError : nil
        isDiscovered = message.discovered
        succeeded = Int(message.succeeded)
        failed = Int(message.failed)
    }
}

extension Flotilla_V1_BookSpell {
    init(_ spell: OLTCondition.Spell) {
        self.init()
        from = spell.from.microseconds
        if let until = spell.until { self.until = until.microseconds }
    }
}

extension OLTCondition.Spell {
    init(_ message: Flotilla_V1_BookSpell) {
        self.init(
            from: Timestamp(microseconds: message.from),
            until: message.hasUntil ? Timestamp(microseconds: message.until) : nil
        )
    }
}

extension Flotilla_V1_BookDuration {
    init(_ operation: OperationType, _ model: DurationModel) {
        self.init()
        self.operation = operation.storedWord
        mean = model.mean
        ninetieth = model.ninetieth
        spread = model.spread
        if let error = model.error { self.error = error }
        runs = Int64(model.runs)
    }
}

extension DurationModel {
    init(_ message: Flotilla_V1_BookDuration) {
        self.init(
            mean: message.mean,
            ninetieth: message.ninetieth,
            spread: message.spread,
            error: message.hasError ? message.error : nil,
            runs: Int(message.runs)
        )
    }
}
