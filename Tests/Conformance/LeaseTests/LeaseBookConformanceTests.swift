import Domain
import LeaseAdapter
import TestSupport
import Testing

/// The scripts and the domain's book are asked the same questions, in the same order.
@Suite("The lease scripts do what the lease book says", .timeLimit(.minutes(3)))
struct LeaseBookConformanceTests {
    /// Every answer but its times, and its times apart.
    private struct Told: Equatable {
        let words: String
        let time: Duration?
    }

    @Test("the same random questions get the same answers from Redis and from the book", arguments: UInt64(0)..<12)
    func sideBySide(seed: UInt64) async throws {
        try await LeaseLab.withShared(answerLimit: .seconds(30)) { store in
            var chance = Chance(seed: seed)
            var book = LeaseBook()
            // The book's clock stands still while Redis' moves a little: leases end by being made so short that they are over.
            var now = ContinuousClock.now
            let keys = [try LeaseLab.key(), try LeaseLab.key()]
            var granted: [(DispatchNumber, RunToken)?] = [nil, nil]
            var busy: [DispatchNumber?] = [nil, nil]
            var history: [String] = []
            for step in 0..<400 {
                let place = Int.random(in: 0..<2, using: &chance)
                let key = keys[place]
                // Numbers around one that grows, so that there are always some to be granted.
                var number = DispatchNumber(Int64(step / 6) + .random(in: 1..<5, using: &chance))
                var run = RunToken(.random(in: 1..<4, using: &chance))
                let question = Int.random(in: 0..<10, using: &chance)
                // Often it is the holder who renews and releases, and the number that was told busy that is asked for again.
                if (4..<7).contains(question), let holder = granted[place], Bool.random(using: &chance) { (number, run) = holder }
                if question < 4, let asker = busy[place], Bool.random(using: &chance) { number = asker }
                let span = [Duration.zero, .seconds(600), .seconds(1800), .seconds(3600)][Int.random(in: 0..<4, using: &chance)]
                now += .microseconds(1)
                let expected: Told
                let answered: Told
                switch question {
                case 0..<4:
                    let answer = book.take(key, number, run: run, span: span, quietGap: .seconds(7), now: now)
                    if case .granted = answer { granted[place] = (number, run) }
                    if case .busy = answer { busy[place] = number }
                    expected = Self.told(answer)
                    answered = Self.told(try await store.take(key, number, run: run, span: span))
                case 4:
                    expected = Told(words: "\(book.renew(key, number, run: run, span: span, now: now))", time: nil)
                    answered = Told(words: "\(try await store.renew(key, number, run: run, span: span))", time: nil)
                case 5, 6:
                    let clean = Bool.random(using: &chance)
                    expected = Told(words: "\(book.release(key, number, run: run, clean: clean, now: now))", time: nil)
                    answered = Told(words: "\(try await store.release(key, number, run: run, clean: clean))", time: nil)
                case 7, 8:
                    expected = Self.told(book.hand(key, number, now: now))
                    answered = Self.told(try await store.hand(key, number))
                default:
                    expected = Self.told(book.void(key, number, now: now))
                    answered = Self.told(try await store.void(key, number))
                }
                history.append("\(question) \(number) run \(run.value) span \(span): \(expected.words)")

                guard expected.words == answered.words, Self.isNear(expected.time, answered.time) else {
                    Issue.record("asked \(history.suffix(8)); the book says \(expected), Redis \(answered)")
                    return
                }
            }
        }
    }

    private static func told(_ answer: TakeAnswer) -> Told {
        switch answer {
        case .granted(let gap): Told(words: "granted \(gap)", time: nil)
        case .mine(let gap): Told(words: "mine \(gap)", time: nil)
        case .busy(let left): Told(words: "busy", time: left)
        case .seen(let seen): told(seen)
        }
    }

    private static func told(_ answer: HandAnswer) -> Told {
        switch answer {
        case .deferred: Told(words: "deferred", time: nil)
        case .seen(let seen): told(seen)
        }
    }

    private static func told(_ answer: VoidAnswer) -> Told {
        switch answer {
        case .held(let left): Told(words: "held", time: left)
        case .void(let wasGranted): Told(words: "void \(wasGranted)", time: nil)
        }
    }

    private static func told(_ seen: Seen) -> Told {
        Told(words: "seen \(seen.answer) \(seen.highest)", time: seen.leaseLeft)
    }

    private static func isNear(_ one: Duration?, _ other: Duration?) -> Bool {
        guard let one, let other else { return one == other }
        return abs((one - other).microseconds) < 60_000_000
    }
}

/// Chance that a failing test can repeat (SplitMix64).
private struct Chance: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
