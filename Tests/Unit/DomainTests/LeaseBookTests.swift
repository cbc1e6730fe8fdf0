import Domain
import Testing

@Suite("The lease book", .timeLimit(.minutes(2)))
struct LeaseBookTests {
    private let key = ExclusionKey(OLTID(17))
    private let start = ContinuousClock.now
    private let span = Duration.seconds(30)

    private func take(_ book: inout LeaseBook, _ number: Int64, _ run: UInt64, at offset: Duration = .zero) -> TakeAnswer {
        book.take(key, DispatchNumber(number), run: RunToken(run), span: span, quietGap: .seconds(7), now: start + offset)
    }

    private func renew(_ book: inout LeaseBook, _ number: Int64, _ run: UInt64, at offset: Duration = .zero) -> RenewAnswer {
        book.renew(key, DispatchNumber(number), run: RunToken(run), span: span, now: start + offset)
    }

    private func release(
        _ book: inout LeaseBook,
        _ number: Int64,
        _ run: UInt64,
        clean: Bool = true,
        at offset: Duration = .zero
    ) -> ReleaseAnswer {
        book.release(key, DispatchNumber(number), run: RunToken(run), clean: clean, now: start + offset)
    }

    private func hand(_ book: inout LeaseBook, _ number: Int64) -> HandAnswer {
        book.hand(key, DispatchNumber(number), now: start)
    }

    private func void(_ book: inout LeaseBook, _ number: Int64, at offset: Duration = .zero) -> VoidAnswer {
        book.void(key, DispatchNumber(number), now: start + offset)
    }

    @Test("the first number of a key is granted and another is busy until the lease ends")
    func granted() {
        var book = LeaseBook()

        #expect(take(&book, 1, 1) == .granted(quietGap: .zero))
        #expect(take(&book, 2, 2, at: .seconds(10)) == .busy(for: .seconds(20)))
    }

    @Test("the same run that asks again after a lost reply is told mine, and its lease lasts a whole span from then")
    func mine() {
        var book = LeaseBook()
        _ = take(&book, 1, 1)

        #expect(take(&book, 1, 1, at: .seconds(2)) == .mine(quietGap: .zero))
        #expect(take(&book, 2, 2, at: .seconds(31)) == .busy(for: .seconds(1)))
    }

    @Test("another run of a granted number is told seen, with the time its lease still runs")
    func otherRunOfGranted() {
        var book = LeaseBook()
        _ = take(&book, 1, 1)

        #expect(take(&book, 1, 2, at: .seconds(10)) == .seen(Seen(.granted, highest: DispatchNumber(1), leaseLeft: .seconds(20))))
        #expect(take(&book, 1, 2, at: .seconds(40)) == .seen(Seen(.granted, highest: DispatchNumber(1), leaseLeft: nil)))
        #expect(take(&book, 1, 1, at: .seconds(40)) == .seen(Seen(.granted, highest: DispatchNumber(1), leaseLeft: nil)))
    }

    @Test("a run that was told busy asks again and is granted, another run of its number is not")
    func busyAsksAgain() {
        var book = LeaseBook()
        _ = take(&book, 1, 1)
        #expect(take(&book, 2, 2) == .busy(for: .seconds(30)))
        #expect(take(&book, 2, 3) == .busy(for: .seconds(30)))
        #expect(release(&book, 1, 1) == .released)

        #expect(take(&book, 2, 3) == .busy(for: .zero))
        #expect(take(&book, 2, 2) == .granted(quietGap: .zero))
        #expect(take(&book, 2, 3) == .seen(Seen(.granted, highest: DispatchNumber(2), leaseLeft: .seconds(30))))
    }

    @Test("a smaller number than the highest is older and never granted")
    func older() {
        var book = LeaseBook()
        _ = take(&book, 5, 1)
        _ = release(&book, 5, 1)

        #expect(take(&book, 4, 2) == .seen(Seen(.older, highest: DispatchNumber(5), leaseLeft: nil)))
    }

    @Test("after a lease that nobody gave back, or not cleanly, the next holder keeps quiet first")
    func quietGap() {
        var book = LeaseBook()
        _ = take(&book, 1, 1)
        #expect(take(&book, 2, 2, at: .seconds(30)) == .granted(quietGap: .seconds(7)))
        #expect(take(&book, 2, 2, at: .seconds(31)) == .mine(quietGap: .seconds(7)))
        _ = release(&book, 2, 2, clean: false, at: .seconds(32))
        #expect(take(&book, 3, 3, at: .seconds(33)) == .granted(quietGap: .seconds(7)))
        _ = release(&book, 3, 3, at: .seconds(34))
        #expect(take(&book, 4, 4, at: .seconds(35)) == .granted(quietGap: .zero))
    }

    @Test("only the own run of a lease that has not ended renews and releases it")
    func ownRunOnly() {
        var book = LeaseBook()
        _ = take(&book, 1, 1)

        #expect(renew(&book, 1, 2) == .lost)
        #expect(renew(&book, 2, 1) == .lost)
        #expect(renew(&book, 1, 1, at: .seconds(29)) == .renewed)
        #expect(release(&book, 1, 2, at: .seconds(40)) == .notHeld)
        #expect(release(&book, 1, 1, at: .seconds(40)) == .released)
        #expect(release(&book, 1, 1, at: .seconds(40)) == .notHeld)
        #expect(renew(&book, 1, 1, at: .seconds(40)) == .lost)
    }

    @Test("a number that was handed back is never granted, and one that was granted cannot be handed back")
    func hand() {
        var book = LeaseBook()

        #expect(hand(&book, 1) == .deferred)
        #expect(hand(&book, 1) == .deferred)
        #expect(take(&book, 1, 1) == .seen(Seen(.deferred, highest: DispatchNumber(1), leaseLeft: nil)))
        _ = take(&book, 2, 2)
        #expect(hand(&book, 2) == .seen(Seen(.granted, highest: DispatchNumber(2), leaseLeft: span)))
        #expect(take(&book, 3, 3) == .busy(for: span))
        #expect(hand(&book, 3) == .deferred)
        #expect(take(&book, 3, 3) == .seen(Seen(.deferred, highest: DispatchNumber(3), leaseLeft: nil)))
        #expect(hand(&book, 1) == .seen(Seen(.older, highest: DispatchNumber(3), leaseLeft: nil)))
    }

    @Test("void answers held while the lease runs, then void with whether it was granted")
    func void() {
        var book = LeaseBook()
        _ = take(&book, 1, 1)

        #expect(void(&book, 1, at: .seconds(10)) == .held(for: .seconds(20)))
        #expect(void(&book, 1, at: .seconds(30)) == .void(wasGranted: true))
        #expect(void(&book, 2) == .void(wasGranted: false))
        #expect(void(&book, 2) == .void(wasGranted: false))
        #expect(take(&book, 2, 2) == .seen(Seen(.void, highest: DispatchNumber(2), leaseLeft: nil)))
        #expect(hand(&book, 2) == .seen(Seen(.void, highest: DispatchNumber(2), leaseLeft: nil)))
    }

    @Test("a number that was told busy and then voided is not granted")
    func voidAfterBusy() {
        var book = LeaseBook()
        _ = take(&book, 1, 1)
        _ = take(&book, 2, 2)

        #expect(void(&book, 2) == .void(wasGranted: false))
        #expect(take(&book, 2, 2) == .seen(Seen(.void, highest: DispatchNumber(2), leaseLeft: nil)))
    }

    @Test("keys know nothing of each other")
    func keysAreApart() {
        var book = LeaseBook()
        _ = take(&book, 1, 1)

        let other = book.take(ExclusionKey(OLTID(18)), DispatchNumber(1), run: RunToken(9), span: span, quietGap: .zero, now: start)

        #expect(other == .granted(quietGap: .zero))
    }

    @Test("over random sequences a number is granted at most once, nobody else holds meanwhile, and no answered number comes back")
    func randomSequences() {
        for seed in UInt64(0)..<300 {
            var chance = Chance(seed: seed)
            var watch = LeaseWatch()
            var book = LeaseBook()
            var now = start
            for _ in 0..<200 {
                now += .seconds(.random(in: 0..<12, using: &chance))
                let number = DispatchNumber(.random(in: 1..<9, using: &chance))
                let run = RunToken(.random(in: 1..<4, using: &chance))
                switch Int.random(in: 0..<10, using: &chance) {
                case 0..<5:
                    watch.took(
                        number,
                        run,
                        book.take(key, number, run: run, span: span, quietGap: .seconds(7), now: now),
                        until: now + span,
                        at: now
                    )
                case 5:
                    watch.renewed(number, run, book.renew(key, number, run: run, span: span, now: now), until: now + span, at: now)
                case 6, 7:
                    let clean = Bool.random(using: &chance)
                    watch.released(number, run, book.release(key, number, run: run, clean: clean, now: now), clean: clean, at: now)
                case 8:
                    watch.handed(number, book.hand(key, number, now: now))
                default:
                    watch.voided(number, book.void(key, number, now: now), at: now)
                }
            }
        }
    }
}

/// Watches the answers of one key from outside and knows the promises, not the book.
private struct LeaseWatch {
    private struct Holder {
        let number: DispatchNumber
        let run: RunToken
        var end: Instant
    }

    private var holder: Holder?
    private var granted: Set<DispatchNumber> = []
    /// Numbers that were left: handed back or void.
    private var left: Set<DispatchNumber> = []
    private var highest: DispatchNumber?
    private var lastEndWasClean = true

    mutating func took(_ number: DispatchNumber, _ run: RunToken, _ answer: TakeAnswer, until end: Instant, at now: Instant) {
        lapse(at: now)
        switch answer {
        case .granted(let gap):
            #expect(holder == nil, "two holders")
            #expect(granted.insert(number).inserted, "granted twice")
            #expect(!left.contains(number), "granted after it was left")
            #expect(number >= highest ?? number, "granted below the highest")
            #expect((gap == .zero) == lastEndWasClean)
            holder = Holder(number: number, run: run, end: end)
        case .mine:
            #expect(holder?.number == number && holder?.run == run)
            holder?.end = end
        case .busy(let span):
            #expect(!granted.contains(number) && !left.contains(number))
            #expect(span == (holder.map { $0.end - now } ?? .zero))
        case .seen(let seen):
            #expect(granted.contains(number) || left.contains(number) || number < highest ?? number)
            #expect(seen.leaseLeft == (holder?.number == number ? holder.map { $0.end - now } : nil))
            #expect(seen.highest == highest)
        }
        highest = max(highest ?? number, number)
    }

    mutating func renewed(_ number: DispatchNumber, _ run: RunToken, _ answer: RenewAnswer, until end: Instant, at now: Instant) {
        lapse(at: now)
        #expect((answer == .renewed) == (holder?.number == number && holder?.run == run))
        if answer == .renewed { holder?.end = end }
    }

    mutating func released(_ number: DispatchNumber, _ run: RunToken, _ answer: ReleaseAnswer, clean: Bool, at now: Instant) {
        lapse(at: now)
        #expect((answer == .released) == (holder?.number == number && holder?.run == run))
        guard answer == .released else { return }
        holder = nil
        lastEndWasClean = clean
    }

    mutating func handed(_ number: DispatchNumber, _ answer: HandAnswer) {
        switch answer {
        case .deferred:
            #expect(!granted.contains(number))
            left.insert(number)
        case .seen:
            #expect(granted.contains(number) || left.contains(number) || number < highest ?? number)
        }
        highest = max(highest ?? number, number)
    }

    mutating func voided(_ number: DispatchNumber, _ answer: VoidAnswer, at now: Instant) {
        lapse(at: now)
        switch answer {
        case .held(let span):
            #expect(holder?.number == number)
            #expect(span == holder.map { $0.end - now })
        case .void(let wasGranted):
            #expect(holder?.number != number, "left while it is held")
            if wasGranted { #expect(granted.contains(number)) }
            left.insert(number)
        }
        highest = max(highest ?? number, number)
    }

    private mutating func lapse(at now: Instant) {
        guard let end = holder?.end, end <= now else { return }
        holder = nil
        lastEndWasClean = false
    }
}
