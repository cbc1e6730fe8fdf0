import Domain
import MemoryAdapters
import Testing

@testable import Coordination

@Suite("A coordinator's reign", .timeLimit(.minutes(1)))
struct CoordinatorReignTests {
    private let asked = [DeclaredOperation(.discovery, cadence: .perPeriod(4))]
    private let complete = Inbox.News(olts: [], isIncomplete: false)

    @Test("the first turn plans for everybody, slice by slice; the next one finds nothing to do")
    func first() async throws {
        let stage = CoordinatorStage()
        try await stage.enter(25, asked)
        var reign = stage.reign(try await stage.lead()) {
            $0.batch = 4
            $0.changesMax = 10
            $0.batchesMax = 1
        }
        try await reign.begin()

        try await reign.turn(news: Inbox.News())
        let planned = try await stage.decisions().count { $0 == .planCreated }
        #expect((10...14).contains(planned), "\(planned)")
        for _ in 0..<4 { try await reign.turn(news: complete) }
        #expect(try await stage.decisions().count { $0 == .planCreated } == 25)
        let before = try await stage.decisions().count

        try await reign.turn(news: complete)

        #expect(try await stage.decisions().count == before)
        #expect(try await stage.record.lastTick()?.olts == 0)
        #expect(stage.journal.lines.contains { $0.hasPrefix("[INFO] coordinator.plan: olt-1") })
    }

    @Test("when all hashes are lost everything is looked at, and nothing comes of it")
    func lostHashes() async throws {
        let stage = CoordinatorStage()
        let olts = try await stage.enter(5, asked)
        var reign = stage.reign(try await stage.lead())
        try await reign.turn(news: Inbox.News())
        let before = try await stage.decisions()
        try await stage.hashes.forget(olts)

        try await reign.turn(news: Inbox.News())

        #expect(try await stage.record.lastTick()?.olts == 5)
        #expect(try await stage.decisions() == before)
        #expect(try await stage.hashes.all().count == 5)
    }

    @Test("while hashes are out of reach, what is told is acted on")
    func awayHashes() async throws {
        let stage = CoordinatorStage()
        let olts = try await stage.enter(3, asked)
        var reign = stage.reign(try await stage.lead())
        try await reign.turn(news: Inbox.News())
        stage.hashes.setAway(true)
        try await stage.record.declare(
            [DeclaredOperation(.get(.status), cadence: .perPeriod(6))],
            of: olts[1],
            now: stage.clock.source.wall()
        )

        try await reign.turn(news: Inbox.News(olts: [olts[1]], isIncomplete: false))

        #expect(try await stage.decisions().contains(.taskAdded))
        #expect(try await stage.record.book(of: olts[1])?.basis.operations.count == 2)
    }

    @Test("a lost notice costs a minute: then everything is compared")
    func lostNotice() async throws {
        let stage = CoordinatorStage()
        // Nothing is due soon: only a comparison finds it.
        let olts = try await stage.enter(3, [DeclaredOperation(.get(.status), cadence: .every(.seconds(2_000_000)))])
        var reign = stage.reign(try await stage.lead())
        try await reign.turn(news: Inbox.News())
        try await stage.record.declare(
            [DeclaredOperation(.get(.status), cadence: .every(.seconds(1_900_000)))],
            of: olts[2],
            now: stage.clock.source.wall()
        )

        stage.clock.move(by: .seconds(30))
        try await reign.turn(news: complete)
        #expect(try await !stage.decisions().contains(.taskIntervalChanged))
        stage.clock.move(by: .seconds(31))
        try await reign.turn(news: complete)

        #expect(try await stage.decisions().contains(.taskIntervalChanged))
    }

    @Test("whoever was deposed writes nothing, and the next one goes on where the plans stand")
    func deposed() async throws {
        let stage = CoordinatorStage()
        let olts = try await stage.enter(3, asked)
        let term = try await stage.lead()
        var old = stage.reign(term)
        try await old.turn(news: Inbox.News())
        let book = try #require(try await stage.record.book(of: olts[0]))
        stage.clock.move(by: .seconds(20))
        var new = stage.reign(try await stage.lead())
        try await new.begin()

        await #expect(throws: RecordError.deposed(term: term)) { try await old.turn(news: Inbox.News()) }
        #expect(try await stage.record.book(of: olts[0]) == book)
        try await new.turn(news: Inbox.News())

        #expect(try await stage.record.plans(of: olts[0], limit: 10).count == 1)
        #expect(try await stage.decisions().contains(.leaderChanged))
    }

    @Test("nobody led for a while, and no worker lives: both are written down as gaps")
    func gaps() async throws {
        let stage = CoordinatorStage()
        try await stage.enter(1, asked)
        var first = stage.reign(try await stage.lead())
        try await first.turn(news: Inbox.News())
        stage.clock.move(by: .seconds(600))
        var second = stage.reign(try await stage.lead())

        try await second.begin()
        try await second.turn(news: Inbox.News())

        let gaps = try await stage.record.gaps(since: Timestamp(microseconds: 0))
        let led = try #require(gaps.first { $0.kind == .noLeader })
        #expect(led.until.map { $0 - led.from >= .seconds(600) } == true)
        #expect(gaps.contains { $0.kind == .noWorkers && $0.until == nil })
    }
}
