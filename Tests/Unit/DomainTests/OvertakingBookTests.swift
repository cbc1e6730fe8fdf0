import Domain
import Testing

@Suite("Overtaken numbers")
struct OvertakingBookTests {
    private let lane = Lane(.general, .normal)
    private let other = Lane(.io, .low)

    private func queued(_ last: Int64, _ count: Int) -> QueuedNumbers {
        QueuedNumbers(last: DispatchNumber(last), byLane: [lane: count])
    }

    @Test("a lane's numbers are overtaken once that many later ones must have left it")
    func overtaken() {
        var book = OvertakingBook(overtaking: 2000)
        book.left([lane: 1])
        book.mark(queued(500, 300))

        book.left([lane: 2299])
        #expect(book.overtaken().isEmpty)
        book.left([lane: 1])

        #expect(book.overtaken() == [lane: DispatchNumber(500)])
        #expect(book.overtaken().isEmpty)
    }

    @Test("what was queued at the mark may leave without overtaking anything, and other lanes do not count")
    func conservative() {
        var book = OvertakingBook(overtaking: 10)
        book.left([lane: 1])
        book.mark(queued(50, 1000))

        book.left([lane: 1009, other: 100_000])

        #expect(book.overtaken().isEmpty)
    }

    @Test("a quiet lane has no marks, and a busy one a bounded number; later marks reach further")
    func bounded() {
        var book = OvertakingBook(overtaking: 100)
        #expect(book.lanesToMark.isEmpty)
        var furthest: DispatchNumber?
        for round in 1...200 {
            book.left([lane: 25])
            book.mark(queued(Int64(round * 25), 10))
            for (found, number) in book.overtaken() {
                #expect(found == lane)
                #expect(furthest.map { $0 < number } ?? true)
                furthest = number
            }
        }
        // 110 must leave after a mark, so the last one that is overtaken is five rounds old.
        #expect(furthest == DispatchNumber(195 * 25))
    }

    @Test("whatever leaves and whenever it is marked: what the book calls overtaken was overtaken")
    func sound() {
        var dice = Chance(seed: 7)
        for _ in 0..<200 {
            var book = OvertakingBook(overtaking: 20)
            var last: Int64 = 0
            var standing: [Int64] = []
            var leftAfter: [Int64: Int] = [:]
            for _ in 0..<400 {
                if Bool.random(using: &dice) || standing.isEmpty {
                    last += 1
                    standing.append(last)
                    leftAfter[last] = 0
                } else {
                    // The first number is the long-running one: it never leaves.
                    let place = Int.random(in: 0..<standing.count, using: &dice)
                    guard standing[place] != 1 else { continue }
                    let gone = standing.remove(at: place)
                    for number in standing where number < gone { leftAfter[number, default: 0] += 1 }
                    book.left([lane: 1])
                }
                if Int.random(in: 0..<5, using: &dice) == 0 { book.mark(queued(last, standing.count)) }
                for (_, horizon) in book.overtaken() {
                    for number in standing where number <= horizon.value { #expect(leftAfter[number, default: 0] >= 20) }
                }
            }
        }
    }
}

@Suite("Missing numbers")
struct MissingBookTests {
    private let start = Timestamp(microseconds: 1_000_000_000)
    private let one = DispatchNumber(1)
    private let two = DispatchNumber(2)

    @Test("a number must be missing for the whole span, without a hand that holds it in between")
    func span() {
        var book = MissingBook()
        book.note([one, two], now: start)
        #expect(book.ripe(after: .seconds(2), oldestBeat: nil, now: start + .seconds(1)).isEmpty)
        book.note([two], now: start + .seconds(1))
        book.note([one, two], now: start + .seconds(2))

        #expect(book.ripe(after: .seconds(2), oldestBeat: nil, now: start + .seconds(2)) == [two])
        #expect(book.ripe(after: .seconds(2), oldestBeat: nil, now: start + .seconds(4)) == [one, two])
    }

    @Test("nothing is ripe before every live worker was heard once more")
    func beats() {
        var book = MissingBook()
        book.note([one], now: start)
        let late = start + .seconds(100)

        #expect(book.ripe(after: .seconds(2), oldestBeat: start, now: late).isEmpty)
        #expect(book.ripe(after: .seconds(2), oldestBeat: start + .milliseconds(1), now: late) == [one])
    }
}
