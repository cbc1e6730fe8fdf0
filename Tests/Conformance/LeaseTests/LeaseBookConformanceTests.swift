import Domain
import LeaseAdapter
import PrivateServers
import Redis
import TestSupport
import Testing

/// The scripts and the domain's book are asked the same questions, in the same order, while the store is wiped and restarted.
@Suite("The lease scripts do what the lease book says", .timeLimit(.minutes(4)))
struct LeaseBookConformanceTests {
    @Test("the same random questions get the same answers from Redis and from the book, whatever Redis forgets", arguments: UInt64(0)..<12)
    func sideBySide(seed: UInt64) async throws {
        let server = try await TestServers.freshRedis()
        let tally = try await LeaseLab.withServer(at: server.url) { client in
            try await Self.compare(seed, client, server.url)
        }
        await server.stop()

        // Else the comparison would be about nothing.
        #expect(tally.granted > 5)
        #expect(tally.barred > 20)
        #expect(tally.putBack > 0)
        #expect(tally.voidHeld > 0)
        #expect(tally.forced > 0)
    }

    /// How often the rarer answers came.
    private struct Tally: Sendable {
        var granted = 0
        var barred = 0
        var putBack = 0
        var voidHeld = 0
        var forced = 0
    }

    private static func compare(_ seed: UInt64, _ client: RedisClient, _ url: String) async throws -> Tally {
        let final = Kept()
        try await LeaseLab.withStore(
            at: url,
            answerLimit: .seconds(30),
            quietGap: .seconds(1800),
            barrierSpan: .seconds(3600)
        ) { store in
            var pair = LeasePair(store: store, client: client, keys: [try LeaseLab.key(), try LeaseLab.key()])
            var chance = Chance(seed: seed)
            for step in 0..<700 {
                if try await pair.disturb(using: &chance) { continue }
                guard try await pair.ask(step, using: &chance) else { return }
            }
            await final.keep(
                Tally(
                    granted: pair.granted,
                    barred: pair.busyBehindBarrier,
                    putBack: pair.putBack,
                    voidHeld: pair.voidHeld,
                    forced: pair.forced
                )
            )
        }
        return await final.tally
    }

    private actor Kept {
        private(set) var tally = Tally()

        func keep(_ tally: Tally) { self.tally = tally }
    }
}

/// Redis and the book, and what happens to both.
private struct LeasePair {
    /// Every answer but its times, and its times apart.
    private struct Told: Equatable {
        let words: String
        let time: Duration?
    }

    /// What stood at one moment, in both, to be restored.
    private struct Snapshot {
        let book: LeaseBook
        let hashes: [String: [(field: String, value: String)]]
        let skipped: Duration
    }

    private let store: RedisLeaseStore
    private let client: RedisClient
    private let keys: [ExclusionKey]
    private var book = LeaseBook(barrierSpan: .seconds(3600))
    // The book's clock stands still while Redis' moves a little; both jump at the same time, by more than a test can last.
    private var now = ContinuousClock.now
    private var skipped = Duration.zero
    private var holders: [(DispatchNumber, RunToken)?] = [nil, nil]
    private var busy: [DispatchNumber?] = [nil, nil]
    private var snapshot: Snapshot?
    private var restarts = 0
    private var history: [String] = []
    private(set) var granted = 0
    private(set) var busyBehindBarrier = 0
    private(set) var putBack = 0
    private(set) var voidHeld = 0
    private(set) var forced = 0

    init(store: RedisLeaseStore, client: RedisClient, keys: [ExclusionKey]) {
        self.store = store
        self.client = client
        self.keys = keys
    }

    /// Sometimes something happens to the server instead of a question.
    mutating func disturb(using chance: inout Chance) async throws -> Bool {
        switch Int.random(in: 0..<100, using: &chance) {
        case 0..<2:
            book.forget()
            _ = try await client.command(["FLUSHDB"])
            history.append("flush")
        case 2:
            book.restart()
            _ = try await client.command(["FLUSHDB"])
            history.append("restart, empty")
        case 3..<5:
            guard let snapshot else { return false }
            try await restart(with: snapshot)
            history.append("restart with older data")
        case 5..<8:
            snapshot = Snapshot(book: book, hashes: try await hashes(), skipped: skipped)
            history.append("snapshot")
        case 8..<14:
            let jump = Duration.seconds([2400, 7200][Int.random(in: 0..<2, using: &chance)])
            now += jump
            skipped += jump
            try await shift(by: jump)
            history.append("\(jump) pass")
        case 14:
            let answered = try await store.begin()
            #expect(book.begin() == answered)
            history.append("begin \(answered)")
        default: return false
        }
        return true
    }

    /// - Returns: false when the answers differ.
    mutating func ask(_ step: Int, using chance: inout Chance) async throws -> Bool {
        let place = Int.random(in: 0..<2, using: &chance)
        let key = keys[place]
        // Numbers around one that grows, so that there are always some to be granted.
        var number = DispatchNumber(Int64(step / 6) + .random(in: 1..<5, using: &chance))
        var run = RunToken(.random(in: 1..<4, using: &chance))
        let question = Int.random(in: 0..<14, using: &chance)
        // Often it is the holder who renews and releases, and the number that was told busy that is asked for again.
        if (4..<8).contains(question), let holder = holders[place], Int.random(in: 0..<3, using: &chance) > 0 { (number, run) = holder }
        if (10..<12).contains(question), let holder = holders[place], Bool.random(using: &chance) { number = holder.0 }
        if question < 4, let asker = busy[place], Bool.random(using: &chance) { number = asker }
        let span = [Duration.zero, .seconds(600), .seconds(1800), .seconds(3600)][Int.random(in: 0..<4, using: &chance)]
        let hasLease = book.lease(key, now: now)?.number == number
        now += .microseconds(1)
        let expected: Told
        let answered: Told
        switch question {
        case 0..<4:
            let answer = book.take(key, number, run: run, holder: "h\(run.value)", span: span, quietGap: .seconds(1800), now: now)
            if case .granted = answer {
                holders[place] = (number, run)
                granted += 1
            }
            if case .busy = answer {
                busy[place] = number
                if book.barrierUntil.map({ now < $0 }) == true { busyBehindBarrier += 1 }
            }
            expected = Self.told(answer)
            answered = Self.told(try await store.take(key, number, run: run, holder: "h\(run.value)", span: span))
        case 4, 5:
            let answer = book.renew(key, number, run: run, span: span, now: now)
            if answer == .renewed, !hasLease { putBack += 1 }
            expected = Told(words: "\(answer)", time: nil)
            answered = Told(words: "\(try await store.renew(key, number, run: run, span: span))", time: nil)
        case 6, 7:
            let clean = Bool.random(using: &chance)
            expected = Told(words: "\(book.release(key, number, run: run, clean: clean, now: now))", time: nil)
            answered = Told(words: "\(try await store.release(key, number, run: run, clean: clean))", time: nil)
        case 8, 9:
            expected = Self.told(book.hand(key, number, now: now))
            answered = Self.told(try await store.hand(key, number))
        case 10, 11:
            let answer = book.void(key, number, now: now)
            if case .held = answer, !hasLease { voidHeld += 1 }
            expected = Self.told(answer)
            answered = Self.told(try await store.void(key, number))
        default:
            let answer = book.bar(key, now: now)
            if case .barred = answer { forced += 1 }
            expected = Self.told(answer)
            answered = Self.told(try await store.bar(key))
        }
        history.append("\(question) \(place) \(number) run \(run.value) span \(span): \(expected.words)")
        guard expected.words == answered.words, Self.isNear(expected.time, answered.time) else {
            Issue.record("asked \(history.suffix(12)); the book says \(expected), Redis \(answered)")
            return false
        }
        return try await standsTheSame(key)
    }

    /// The lease that people see is the book's.
    private func standsTheSame(_ key: ExclusionKey) async throws -> Bool {
        let held = book.lease(key, now: now)
        let shown = try await store.lease(key)
        guard held?.number == shown?.number, held?.holder == shown?.holder, held?.isBarred == shown?.isBarred else {
            Issue.record("after \(history.suffix(12)) the book has \(String(describing: held)), Redis shows \(String(describing: shown))")
            return false
        }
        return true
    }

    // MARK: Redis from outside

    private var names: [String] { keys.map { LeaseLab.name(of: $0) } + ["flotilla:epoch"] }

    private func hashes() async throws -> [String: [(field: String, value: String)]] {
        var hashes: [String: [(field: String, value: String)]] = [:]
        for name in names {
            let parts = try await client.command(["HGETALL", RedisArgument(name)]).array?.compactMap(\.text) ?? []
            hashes[name] = stride(from: 0, to: parts.count, by: 2).map { (parts[$0], parts[$0 + 1]) }
        }
        return hashes
    }

    private mutating func restart(with snapshot: Snapshot) async throws {
        book.restart(with: snapshot.book)
        restarts += 1
        _ = try await client.command(["FLUSHDB"])
        for (name, fields) in snapshot.hashes where !fields.isEmpty {
            var command: [RedisArgument] = ["HSET", RedisArgument(name)]
            for (field, value) in fields {
                // The server that wrote it was another one.
                command += [RedisArgument(field), RedisArgument(field == "run" && name == "flotilla:epoch" ? "before-\(restarts)" : value)]
            }
            _ = try await client.command(command)
        }
        try await shift(by: skipped - snapshot.skipped)
    }

    /// Lets time pass for Redis: what it wrote down moves into the past.
    private func shift(by jump: Duration) async throws {
        let script = """
            for place, name in ipairs(KEYS) do
              for _, field in ipairs({'end', 'until'}) do
                local value = redis.call('HGET', name, field)
                if value and value ~= '0' then redis.call('HSET', name, field, string.format('%.0f', tonumber(value) - tonumber(ARGV[1]))) end
              end
            end
            """
        let arguments = [RedisArgument(script), RedisArgument(names.count)] + names.map { RedisArgument($0) }
        _ = try await client.command(["EVAL"] + arguments + [RedisArgument(jump.microseconds)])
    }

    // MARK: Answers

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

    private static func told(_ answer: BarAnswer) -> Told {
        switch answer {
        case .barred(let number, let holder, let left): Told(words: "barred \(number) \(holder ?? "nobody")", time: left)
        case .free: Told(words: "free", time: nil)
        }
    }

    private static func told(_ seen: Seen) -> Told {
        Told(words: "seen \(seen.answer) \(seen.highest)", time: seen.leaseLeft)
    }

    private static func isNear(_ one: Duration?, _ other: Duration?) -> Bool {
        guard let one, let other else { return one == other }
        return abs((one - other).microseconds) < 120_000_000
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
