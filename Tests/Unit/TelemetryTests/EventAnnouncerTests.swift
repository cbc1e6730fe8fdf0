import Domain
import Logging
import Orchestration
import Synchronization
import Testing

@Suite("The announcer of events", .timeLimit(.minutes(1)))
struct EventAnnouncerTests {
    /// A broker whose listeners come and go.
    private final class Audience: EventPublisher {
        private let heard = Mutex<[FleetEvent]>([])
        private let answer: EventAnswer
        private let told: AsyncStream<Int>.Continuation
        let counts: AsyncStream<Int>

        init(answering answer: EventAnswer) {
            self.answer = answer
            (counts, told) = AsyncStream.makeStream()
        }

        func announce(_ events: [FleetEvent]) async -> [EventAnswer] {
            told.yield(
                heard.withLock {
                    $0.append(contentsOf: events)
                    return $0.count
                }
            )
            return events.map { _ in answer }
        }
    }

    private func announcer(
        _ audience: Audience,
        _ counters: CounterBook = CounterBook(),
        _ change: (inout EventAnnouncer.Settings) -> Void = { _ in }
    )
        -> EventAnnouncer
    {
        var settings = EventAnnouncer.Settings()
        change(&settings)
        return EventAnnouncer(
            publisher: audience,
            counters: counters,
            settings: settings,
            time: TimeSource(wall: { Timestamp(microseconds: 1_000_000) }),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func lost(_ name: String) -> FleetEvent { .workerLost(WorkerID(name), at: Timestamp(microseconds: 0)) }

    @Test("a listener hears what is told after it came, and the process' end")
    func heard() async throws {
        let announcer = announcer(Audience(answering: .taken))
        announcer.tell([lost("before")])
        let listener = try announcer.listen(EventFilter(), after: nil)

        announcer.tell([lost("a"), lost("b")])

        guard case .events(let entries) = await listener.next(within: .seconds(10)) else {
            Issue.record("no events")
            return
        }
        #expect(entries.map(\.event) == [lost("a"), lost("b")])
        #expect(await listener.next(within: .milliseconds(1)) == .quiet)
    }

    @Test("a listener that was overtaken by the ring is told so instead of being given the rest")
    func overtaken() async throws {
        let announcer = announcer(Audience(answering: .taken)) { $0.kept = 16 }
        let listener = try announcer.listen(EventFilter(), after: nil)

        announcer.tell((0..<20).map { lost("w\($0)") })

        #expect(await listener.next(within: .seconds(10)) == .fellBehind)
    }

    @Test("streams are counted, refused beyond their bound, and free their place when they end")
    func bounded() throws {
        let announcer = announcer(Audience(answering: .taken)) { $0.streamsMax = 2 }
        let first = try announcer.listen(EventFilter(), after: nil)
        var second: EventListener? = try announcer.listen(EventFilter(), after: nil)

        #expect(announcer.streams == 2)
        #expect(throws: EventAnnouncer.Refusal.tooMany(allowed: 2)) { try announcer.listen(EventFilter(), after: nil) }
        first.leave()
        #expect(announcer.streams == 1)
        if second != nil { second = nil }
        #expect(announcer.streams == 0)
    }

    @Test("with another process' id it begins with reset")
    func reset() async throws {
        let announcer = announcer(Audience(answering: .taken))
        announcer.tell([lost("a")])
        let listener = try announcer.listen(EventFilter(), after: "elsewhere-5")

        guard case .reset(let resumed) = await listener.next(within: .seconds(10)) else {
            Issue.record("no reset")
            return
        }
        #expect(resumed.number == 1)
        #expect(await listener.next(within: .milliseconds(1)) == .quiet)
    }

    @Test("telling never waits: what finds no room is dropped and counted")
    func dropped() {
        let counters = CounterBook()
        let announcer = announcer(Audience(answering: .taken), counters) { $0.waitingMax = 1 }

        // Nobody publishes yet.
        announcer.tell([lost("a")])
        announcer.tell([lost("b"), lost("c")])

        #expect(counters.now.eventsDropped == 2)
    }

    @Test("what is told is published, and what the broker took is counted")
    func published() async {
        let counters = CounterBook()
        let audience = Audience(answering: .taken)
        let announcer = announcer(audience, counters)
        announcer.tell([lost("a"), lost("b")])

        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await announcer.run() }
            for await count in audience.counts where count == 2 { break }
            group.cancelAll()
        }

        #expect(counters.now.eventsPublished == 2)
        #expect(counters.now.eventsDropped == 0)
    }
}
