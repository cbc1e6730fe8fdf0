import Domain
import Testing

@Suite("Letters")
struct LetterTests {
    @Test(
        "a place in the list is read as it was written; nothing else is a place",
        arguments: ["", "1", "a_1", "1_b", "1_2_3", "_", "1_", "_1"]
    )
    func place(_ wrong: String) {
        let place = LetterPlace(diedAt: Timestamp(microseconds: 1_700_000_000_000_000), id: 42)
        #expect(LetterPlace(place.description) == place)
        #expect(LetterPlace(wrong) == nil)
    }

    @Test(
        "a part of a batch is a fifth of a second's worth, at least one letter and at most what one transaction takes",
        arguments: [(nil, 500), (50, 10), (1, 1), (0.01, 1), (100_000, 500), (2499, 499)] as [(Double?, Int)]
    )
    func chunk(_ perSecond: Double?, _ chunk: Int) {
        #expect(LetterPace(perSecond: perSecond, chunkMax: 500).chunk == chunk)
    }

    @Test("over any span a batch keeps its rate")
    func pace() {
        let pace = LetterPace(perSecond: 50, chunkMax: 500)
        var now = Timestamp(microseconds: 0)
        var count = 0
        while now < Timestamp(microseconds: 10_000_000) {
            count += pace.chunk
            now = pace.next(after: pace.chunk, now: now)
        }
        #expect(count == 500)
        #expect(LetterPace(perSecond: nil, chunkMax: 9).next(after: 9, now: now) == now)
    }

    @Test("a retry's own payload must fit the kind and stay on its OLT")
    func payload() throws {
        func task(_ kind: String, _ payload: Payload) -> FleetTask {
            FleetTask(
                id: TaskID(high: 1, low: 1),
                kind: kind,
                payload: payload,
                priority: .normal,
                taskClass: .general,
                exclusionKey: nil,
                olt: nil,
                timeout: .seconds(1),
                maxAttempts: 1,
                backoff: Backoff(base: .seconds(1), factor: 2, ceiling: .seconds(1)),
                createdAt: Timestamp(microseconds: 0),
                dueAt: Timestamp(microseconds: 0),
                labels: [:],
                source: .http
            )
        }
        try Admission.check(payload: ["sleepMs": 5], instead: task("noop", [:]))
        let wrong: [(Payload, FleetTask, String)] = [
            (["slep": 5], task("noop", [:]), "payload.slep"),
            (["sleepMs": "x"], task("noop", [:]), "payload.sleepMs"),
            (["olt": "B"], task("snmp.discovery", ["olt": "A"]), "payload.olt"),
            (["message": "\0"], task("fail", [:]), "payload"),
        ]
        for (payload, task, field) in wrong {
            let fault = #expect(throws: Admission.Fault.self) { try Admission.check(payload: payload, instead: task) }
            #expect(fault?.field == field)
        }
    }
}
