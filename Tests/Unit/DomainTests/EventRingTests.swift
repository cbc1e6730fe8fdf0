import Domain
import Testing

@Suite("The ring of events")
struct EventRingTests {
    private func event(_ name: String) -> FleetEvent { .workerLost(WorkerID(name), at: Timestamp(microseconds: 0)) }

    private func ring(_ count: Int, capacity: Int = 4) -> EventRing {
        var ring = EventRing(origin: "here", capacity: capacity)
        for number in 0..<count { ring.append(event("w\(number + 1)")) }
        return ring
    }

    private func numbers(_ reading: EventRing.Reading) -> [UInt64]? {
        guard case .entries(let entries, _) = reading else { return nil }
        return entries.map(\.id.number)
    }

    @Test("a listener without an id gets what happens from now on")
    func now() {
        var ring = ring(3)

        #expect(ring.place(after: nil) == .after(3))
        ring.append(event("w4"))
        #expect(
            ring.read(after: 3, EventFilter(), limit: 10)
                == .entries([.init(id: EventID(origin: "here", number: 4), event: event("w4"))], next: 4)
        )
    }

    @Test("a listener goes on exactly where it stopped, while the ring still has it")
    func resume() {
        let ring = ring(6)

        #expect(ring.place(after: "here-4") == .after(4))
        #expect(ring.place(after: "here-2") == .after(2))
        #expect(numbers(ring.read(after: 2, EventFilter(), limit: 10)) == [3, 4, 5, 6])
        #expect(numbers(ring.read(after: 2, EventFilter(), limit: 3)) == [3, 4, 5])
    }

    @Test(
        "an id that is not known here is told apart: another process, overwritten, not yet given, no id at all",
        arguments: [("there-4", 6), ("here-1", 2), ("here-7", 6), ("nonsense", 6), ("-", 6), ("here-x", 6)] as [(String, UInt64)]
    )
    func unknown(last: String, resumed: UInt64) {
        #expect(ring(6).place(after: last) == .unknown(resumed: resumed))
    }

    @Test("a listener that was overtaken is told so")
    func behind() {
        #expect(ring(6).read(after: 1, EventFilter(), limit: 10) == .fellBehind)
        #expect(numbers(ring(6).read(after: 2, EventFilter(), limit: 10)) == [3, 4, 5, 6])
    }

    @Test("an empty ring has a place, too")
    func empty() {
        #expect(ring(0).place(after: nil) == .after(0))
        #expect(ring(0).read(after: 0, EventFilter(), limit: 10) == .entries([], next: 0))
        #expect(ring(0).place(after: "here-0") == .after(0))
    }

    @Test(
        "a filter takes whole words from the left",
        arguments: [
            ([], "task.dead.noop", true), (["task"], "task.dead.noop", true), (["task.dead"], "task.dead.snmp.get", true),
            (["task.dea"], "task.dead.noop", false), (["worker"], "task.dead.noop", false),
            (["worker", "task.dead.noop"], "task.dead.noop", true), (["task.dead.noop"], "task.dead.noop2", false),
        ] as [([String], String, Bool)]
    )
    func filter(prefixes: [String], type: String, takes: Bool) {
        #expect(EventFilter(prefixes: prefixes).takes(type) == takes)
    }
}

@Suite("Interest in events")
struct EventInterestTests {
    private let start = Instant.now

    @Test("what nobody listens to is tried once per pause, until somebody does")
    func quiet() {
        var interest = EventInterest(pause: .milliseconds(100))

        let first = interest.wants("a", now: start)
        interest.answered("a", .nobodyListens, now: start)
        let quiet = [99, 100, 101].map { interest.wants("a", now: start + .milliseconds($0)) }
        interest.answered("a", .taken, now: start + .milliseconds(102))
        let heard = [103, 103].map { interest.wants("a", now: start + .milliseconds($0)) }

        #expect(first)
        #expect(quiet == [false, true, false])
        #expect(heard == [true, true])
    }

    @Test("each type is asked for by itself, and a lost event says nothing")
    func apart() {
        var interest = EventInterest(pause: .milliseconds(100))

        interest.answered("a", .nobodyListens, now: start)
        interest.answered("b", .lost, now: start)
        let answers = ["a", "b"].map { interest.wants($0, now: start) }

        #expect(answers == [false, true])
    }
}
