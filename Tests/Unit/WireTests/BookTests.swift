import Domain
import Testing
import Wire

@Suite("Books of OLTs survive the record", .timeLimit(.minutes(1)))
struct BookTests {
    @Test("a book comes back as it was, whatever stands in it", arguments: [WireFormat.protobuf, .json])
    func roundTrip(_ format: WireFormat) throws {
        for seed in 0..<300 {
            var samples = BookSamples(seed: UInt64(seed))
            let book = samples.book()

            let back = try BookCodec.decode(BookCodec.encode(book, as: format), of: book.olt, as: format)

            #expect(back == book, "seed \(seed)")
        }
    }

    @Test("a new book comes back, too")
    func new() throws {
        let book = OLTBook(OLTID(1), now: Timestamp(microseconds: 0))

        #expect(try BookCodec.decode(BookCodec.encode(book), of: book.olt) == book)
    }

    @Test("the book of another OLT is refused, and the fault names both")
    func another() {
        let bytes = BookCodec.encode(OLTBook(OLTID(1), now: Timestamp(microseconds: 0)))

        let fault = #expect(throws: WireFault.self) { try BookCodec.decode(bytes, of: OLTID(2)) }

        #expect(fault?.text == "the book of olt:2.olt: it is the book of OLT 1")
    }

    @Test(
        "what a later version may write is an error that names the OLT and the field",
        arguments: [
            (#"{"olt": "7", "basis": {"operations": [{"type": "get.colour", "perPeriod": 4}]}}"#, "operation"),
            (#"{"olt": "7", "basis": {"operations": [{"type": "discovery"}]}}"#, "basis.operations"),
            (#"{"olt": "7", "periods": [{"status": "DREAMT"}]}"#, "periods.status"),
            (#"{"olt": "7", "periods": [{"status": "ACTIVE", "slots": [{"operation": "discovery", "state": 17}]}]}"#, "slots.state"),
            (#"{"olt": "7", "condition": {"probe": "soon"}}"#, "condition.probe"),
        ]
    )
    func later(_ text: String, _ field: String) {
        let fault = #expect(throws: WireFault.self) { try BookCodec.decode(Array(text.utf8), of: OLTID(7), as: .json) }

        #expect(fault?.field == "the book of olt:7.\(field)")
    }

    @Test("bytes that were damaged are an error or another book, never a crash")
    func damaged() {
        var samples = BookSamples(seed: 7)
        let bytes = BookCodec.encode(samples.book())
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= UInt8(1 << (place % 8))
            _ = try? BookCodec.decode(changed, of: OLTID(17))
            _ = try? BookCodec.decode(Array(bytes[..<place]), of: OLTID(17))
        }
    }
}

/// Books with everything in them, by seed.
private struct BookSamples {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func book() -> OLTBook {
        var book = OLTBook(OLTID(17), now: time())
        book.basis = OLTDeclaration(OLTID(17), isEnabled: flag(), operations: operations())
        for _ in 0..<roll(3) { book.periods.append(period()) }
        book.condition.failuresInRow = roll(5)
        book.condition.failingSince = maybe { $0.time() }
        book.condition.emergencies = roll(4)
        book.condition.suspendedAt = maybe { $0.time() }
        book.condition.probe = maybe { $0.task() }
        book.condition.awaitsLeaseSince = maybe { $0.time() }
        book.closedUntil = maybe { $0.time() }
        for _ in 0..<roll(3) { book.condition.outages.append(spell()) }
        for _ in 0..<roll(3) { book.condition.disabled.append(spell()) }
        book.condition.lastSuccessAt = maybe { $0.time() }
        book.condition.lastError = maybe { $0.text() }
        book.condition.isDiscovered = flag()
        book.condition.succeeded = roll(1_000_000)
        book.condition.failed = roll(1_000_000)
        for type in OperationType.all where flag() {
            book.durations[type] = DurationModel(
                mean: real(),
                ninetieth: real(),
                spread: real(),
                error: maybe { $0.real() },
                runs: roll(1_000_000)
            )
        }
        return book
    }

    private mutating func operations() -> [DeclaredOperation] {
        OperationType.all.compactMap { type in
            guard flag() else { return nil }
            let cadence: Cadence = flag() ? .perPeriod(1 + roll(3600)) : .every(span())
            return DeclaredOperation(type, isEnabled: flag(), cadence: cadence, timeout: maybe { $0.span() })
        }
    }

    private mutating func period() -> PeriodBook {
        let start = time()
        var period = PeriodBook(
            period: Period(start: start, end: start + span()),
            revision: 1 + roll(9),
            status: PeriodBook.PlanStatus.allCases[roll(4)],
            reason: text(),
            madeAt: time()
        )
        for id in 0..<roll(20) {
            let states: [PlanSlot.State] = [.pending, .emitted(task()), .completed, .failed, .missed, .cancelled]
            let slot = PlanSlot(id: id, operation: operation(), at: time(), predicted: span(), state: states[roll(states.count)])
            period.slots.append(slot)
        }
        for type in OperationType.all where flag() {
            var tracker = QuotaTracker(type, required: roll(99), since: time())
            tracker.completed = roll(99)
            tracker.failed = roll(99)
            tracker.skipped = roll(99)
            tracker.status = QuotaTracker.Status.allCases[roll(4)]
            tracker.risk = maybe { $0.text() }
            tracker.requiredBefore = roll(99)
            tracker.wasChanged = flag()
            tracker.lastError = maybe { $0.text() }
            period.trackers.append(tracker)
        }
        period.lastSlot = roll(4000)
        period.adjustment = maybe { $0.text() }
        period.isOverfull = flag()
        return period
    }

    private mutating func operation() -> OperationType { OperationType.all[roll(OperationType.all.count)] }

    private mutating func spell() -> OLTCondition.Spell { OLTCondition.Spell(from: time(), until: maybe { $0.time() }) }

    private mutating func task() -> TaskID { TaskID(high: next(), low: next()) }

    private mutating func time() -> Timestamp { Timestamp(microseconds: Int64(next() % 4_000_000_000_000_000)) }

    private mutating func span() -> Duration { .microseconds(Int64(next() % 100_000_000_000)) }

    private mutating func real() -> Double { Double(next() % 1_000_000) / 7 }

    private mutating func text() -> String { ["", "device_silent", "zu wenig Zeit für 3 ü", "\u{0}\n\"😀\""][roll(4)] }

    private mutating func flag() -> Bool { roll(2) == 0 }

    private mutating func maybe<Value>(_ make: (inout BookSamples) -> Value) -> Value? { flag() ? make(&self) : nil }

    private mutating func roll(_ count: Int) -> Int { Int(next() % UInt64(count)) }

    /// SplitMix64 (Steele, Lea, Flood, 2014).
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
