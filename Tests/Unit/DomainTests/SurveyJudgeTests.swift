import Domain
import Testing

@Suite("The survey judge", .timeLimit(.minutes(1)))
struct SurveyJudgeTests {
    private let olt = OLTID(7)
    private let now = Timestamp(microseconds: 5_000_000)

    private func mark(_ index: Int, port: String? = "0/1/0", present: Bool = true, _ change: (inout ONUMark) -> Void = { _ in }) -> ONUMark
    {
        var mark = ONUMark(index: "1.\(index)", isPresent: present)
        mark.port = port
        mark.serial = "HWTC\(10_000_000 + index)"
        mark.runStatus = .online
        change(&mark)
        return mark
    }

    private func judge(
        first: Bool = false,
        online: [String: Int] = [:],
        offline: [String: Int] = [:],
        elsewhere: [String: SurveyJudge.Place] = [:]
    ) -> SurveyJudge {
        SurveyJudge(olt: olt, now: now, isFirst: first, onlineBefore: online, offlineBefore: offline, elsewhere: elsewhere)
    }

    private func down(_ index: Int, _ cause: DownClass?, port: String? = "0/1/0") -> SurveyJudge.Pair {
        SurveyJudge.Pair(
            before: mark(index, port: port),
            after: mark(index, port: port) {
                $0.runStatus = .offline
                $0.downClass = cause
            }
        )
    }

    @Test("the first reading of an OLT is one event, whatever it brings")
    func first() {
        let events = judge(first: true).judge((1...500).map { SurveyJudge.Pair(before: nil, after: mark($0)) })
        #expect(events.map(\.kind) == [.first])
        #expect(events.first?.count == 500)
        #expect(events.first?.at == now)
    }

    @Test("an ONU at a free place is new; one whose serial was known elsewhere is moved, and not gone there")
    func newAndMoved() {
        let other = SurveyJudge.Place(olt: OLTID(3), oltName: "north", index: "9.9", port: "0/9/9", isPresent: true)
        let own = SurveyJudge.Place(olt: olt, oltName: "here", index: "1.3", port: "0/1/0", isPresent: false)
        let arrived = SurveyJudge.Place(olt: olt, oltName: "here", index: "1.4", port: "0/2/0", isPresent: true)
        let events = judge(elsewhere: ["1.2": other, "1.4": own, "1.3": arrived]).judge([
            SurveyJudge.Pair(before: nil, after: mark(1)), SurveyJudge.Pair(before: nil, after: mark(2)),
            SurveyJudge.Pair(before: nil, after: mark(4, port: "0/2/0")), SurveyJudge.Pair(before: mark(3), after: nil),
        ])
        #expect(events.map(\.kind) == [.new, .moved, .moved])
        #expect(events.map(\.index) == ["1.1", "1.2", "1.4"])
        #expect(events[1].differences == [ONUEvent.Difference(field: "place", before: "north 0/9/9", after: "0/1/0")])
    }

    @Test("gone, and back; a reading that is no discovery brings nobody back")
    func goneAndBack() {
        let gone = mark(2, present: false)
        let events = judge().judge([
            SurveyJudge.Pair(before: mark(1), after: nil), SurveyJudge.Pair(before: gone, after: mark(2)),
            SurveyJudge.Pair(before: mark(3, present: false), after: mark(3, present: false)),
            SurveyJudge.Pair(before: mark(4, present: false), after: mark(4) { $0.serial = "ZTEG00000001" }),
        ])
        #expect(events.map(\.kind) == [.gone, .back, .new])
    }

    @Test("what changed is told by field; what is not known on one side is no change")
    func changed() {
        let before = mark(1) {
            $0.description = "house 1"
            $0.name = "a"
        }
        let after = mark(1) {
            $0.description = "house 2"
            $0.serial = "ZTEG00000001"
        }
        let events = judge().judge([SurveyJudge.Pair(before: before, after: after)])
        #expect(events.map(\.kind) == [.changed])
        #expect(events.first?.differences.map(\.field) == ["serial", "description"])
    }

    @Test("many ONUs of a port down at once are one event with the cause most of them give", arguments: [DownClass.power, .fibre])
    func portDown(_ cause: DownClass) {
        let pairs = [down(1, cause), down(2, cause), down(3, cause), down(4, nil), down(5, .power, port: "0/2/0")]
        let events = judge(online: ["0/1/0": 8, "0/2/0": 30]).judge(pairs)
        #expect(events.map(\.kind) == [.portDown, .down])
        #expect(events[0].port == "0/1/0")
        #expect(events[0].cause == cause)
        #expect(events[0].count == 4)
        #expect(events[1].cause == .power)
        #expect(events[1].index == "1.5")
    }

    @Test("fewer than half of a port, fewer than three, or no port at all: each is told alone; no cause without a majority")
    func single() {
        let few = judge(online: ["0/1/0": 60]).judge([down(1, .power), down(2, .power), down(3, .power)])
        #expect(few.map(\.kind) == [.down, .down, .down])
        let two = judge(online: ["0/1/0": 2]).judge([down(1, .power), down(2, .power)])
        #expect(two.map(\.kind) == [.down, .down])
        let portless = judge(online: ["": 3]).judge((1...3).map { down($0, .power, port: nil) })
        #expect(portless.map(\.kind) == [.down, .down, .down])
        let mixed = judge(online: ["0/1/0": 4]).judge([down(1, .power), down(2, .power), down(3, .fibre), down(4, .fibre)])
        #expect(mixed.map(\.kind) == [.portDown])
        #expect(mixed.first?.cause == nil)
    }

    @Test("listeners ask for ports without power, or for all that happens to ports")
    func eventTypes() throws {
        var down = ONUEvent(.portDown, at: now, olt: olt, port: "0/1/0")
        #expect(FleetEvent.onu(down).type == "port.down")
        down.cause = .power
        down.count = 12
        let event = FleetEvent.onu(down)
        #expect(event.type == "port.down.power")
        #expect(EventFilter(prefixes: ["port.down"]).takes(event.type))
        #expect(!EventFilter(prefixes: ["port.down.fibre"]).takes(event.type))
        #expect(event.facts["count"] == 12)
        #expect(event.facts["olt"] == 7)
        #expect(event.facts["serial"] == .null)
        #expect(FleetEvent.onu(ONUEvent(.moved, at: now, olt: olt, port: nil)).type == "onu.moved")
        let types = ONUEvent.Kind.allCases.map { FleetEvent.onu(ONUEvent($0, at: now, olt: olt, port: "1")).type }
        #expect(types.allSatisfy { EventFilter.families.contains($0) })
    }

    @Test("a port that comes up again is one event too")
    func portUp() {
        let pairs = (1...3).map { index in SurveyJudge.Pair(before: mark(index) { $0.runStatus = .offline }, after: mark(index)) }
        #expect(judge(offline: ["0/1/0": 3]).judge(pairs).map(\.kind) == [.portUp])
        #expect(judge(offline: ["0/1/0": 30]).judge(pairs).map(\.kind) == [.up, .up, .up])
    }
}
