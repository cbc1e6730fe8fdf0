import Testing

@testable import SNMP

@Suite("The walk machine", .timeLimit(.minutes(1)))
struct WalkMachineTests {
    private let now = ContinuousClock().now
    private let root: OID = [1, 3, 6, 1, 9]

    private func machine(
        _ roots: [OID]? = nil,
        version: SNMPVersion = .v2c,
        options: WalkOptions = WalkOptions(),
        limits: DeviceLimits = DeviceLimits()
    ) -> WalkMachine {
        WalkMachine(
            roots: roots ?? [root],
            version: version,
            options: options,
            limits: limits.sane(),
            learned: RepetitionControl(limits: limits.sane(), columnClass: options.columnClass),
            now: now
        )
    }

    private func page(_ names: [OID], value: SNMPValue = .integer(1)) -> Answer {
        var rows = SNMPRows()
        for name in names { rows.append(VarBind(name: name, value: value)) }
        return Answer(rows: rows)
    }

    private func repetitions(_ effect: ExchangeEffect) -> Int? {
        guard case .send(let outgoing) = effect, case .getBulk(let count) = outgoing.operation else { return nil }
        return count
    }

    private func names(_ effect: ExchangeEffect) -> [OID] {
        guard case .send(let outgoing) = effect else { return [] }
        return outgoing.names
    }

    @Test("a walk that leaves its subtree is complete and holds what lay inside")
    func complete() {
        var walk = machine()

        #expect(names(walk.start(now: now)) == [root])
        #expect(names(walk.answered(page([root.appending([1]), root.appending([2])]), now: now)) == [root.appending([2])])
        #expect(walk.answered(page([root.appending([3]), [1, 3, 6, 1, 10]]), now: now) == .finish)

        #expect(walk.end == .complete)
        #expect(walk.rows.map(\.name) == [root.appending([1]), root.appending([2]), root.appending([3])])
    }

    @Test("the end of the view, no such object and noSuchName end a walk as complete")
    func otherEnds() {
        for value in [SNMPValue.endOfMibView, .noSuchObject, .noSuchInstance] {
            var walk = machine()
            _ = walk.start(now: now)
            #expect(walk.answered(page([root], value: value), now: now) == .finish)
            #expect(walk.end == .complete)
        }
        var old = machine(version: .v1)
        guard case .send(let first) = old.start(now: now) else { return #expect(Bool(false), "nothing sent") }
        #expect(first.operation == .getNext)
        #expect(old.answered(Answer(errorStatus: 2, errorIndex: 1), now: now) == .finish)
        #expect(old.end == .complete)
    }

    @Test("a name that does not increase stops the walk and both names are told, within a page, between pages and outside")
    func loops() {
        let one = root.appending([1])
        let two = root.appending([2])

        var within = machine()
        _ = within.start(now: now)
        _ = within.answered(page([one, two, two]), now: now)
        #expect(within.end == .partial(.notIncreasing(previous: two, next: two)))
        #expect(within.rowCount == 2)

        var between = machine()
        _ = between.start(now: now)
        _ = between.answered(page([one, two]), now: now)
        _ = between.answered(page([one]), now: now)
        #expect(between.end == .partial(.notIncreasing(previous: two, next: one)))

        var outside = machine()
        _ = outside.start(now: now)
        _ = outside.answered(page([one, [1, 3]]), now: now)
        #expect(outside.end == .partial(.notIncreasing(previous: one, next: [1, 3])))
    }

    @Test("row, byte and time caps make a walk partial")
    func caps() {
        var rows = machine(options: WalkOptions(rowsMax: 2))
        _ = rows.start(now: now)
        _ = rows.answered(page((1...3).map { root.appending([$0]) }), now: now)
        #expect(rows.end == .partial(.rowCap(2)))
        #expect(rows.rowCount == 2)

        var bytes = machine(options: WalkOptions(bytesMax: 100))
        _ = bytes.start(now: now)
        _ = bytes.answered(page((1...9).map { root.appending([$0]) }), now: now)
        #expect(bytes.end == .partial(.byteCap(100)))
        #expect(bytes.rows.byteCount <= 100)

        var time = machine(options: WalkOptions(timeMax: .seconds(5)))
        _ = time.start(now: now)
        _ = time.answered(page([root.appending([1])]), now: now + .seconds(5))
        #expect(time.end == .partial(.timeCap(.seconds(5))))
    }

    @Test("silence is refused before the first answer and partial after it, and each try asks for less")
    func silence() {
        var dead = machine()
        var asked = [repetitions(dead.start(now: now))]
        for _ in 0..<3 { asked.append(repetitions(dead.failed(.timedOut, now: now))) }
        #expect(asked == [10, 5, 2, 1])
        #expect(dead.failed(.timedOut, now: now) == .finish)
        #expect(dead.end == .refused(.timedOut(attempts: 4)))
        #expect(dead.learned.count == 10, "silence says nothing about sizes")

        var dying = machine()
        _ = dying.start(now: now)
        _ = dying.answered(page([root.appending([1])]), now: now)
        for _ in 0..<4 { _ = dying.failed(.timedOut, now: now) }
        #expect(dying.end == .partial(.timedOut(attempts: 4)))
        #expect(dying.rowCount == 1)
    }

    @Test("tooBig halves down to one repetition and is the end only there")
    func tooBig() {
        var walk = machine()
        var asked = [repetitions(walk.start(now: now))]
        for _ in 0..<3 { asked.append(repetitions(walk.answered(Answer(errorStatus: 1), now: now))) }
        #expect(asked == [10, 5, 2, 1])

        #expect(walk.answered(Answer(errorStatus: 1), now: now) == .finish)
        #expect(walk.end == .refused(.tooBig))
    }

    @Test("several columns are asked together, end one by one and are never mixed up")
    func columns() {
        let left: OID = [1, 3, 1]
        let right: OID = [1, 3, 2]
        var walk = machine([left, right])

        #expect(names(walk.start(now: now)) == [left, right])
        let first = page([left.appending([1]), right.appending([1]), right, right.appending([2])])
        #expect(names(walk.answered(first, now: now)) == [right.appending([2])])
        #expect(walk.answered(page([right.appending([3]), [1, 4]]), now: now) == .finish)

        #expect(walk.end == .complete)
        #expect(walk.rows.map(\.name) == [left, right, right, right].enumerated().map { $1.appending([[1, 1, 2, 3][$0]]) })
    }

    @Test("many columns share the rows of a request, and are asked one by one when even one repetition is too big")
    func wideRequests() {
        let roots = (1...30).map { OID([1, 3, UInt32($0)]) }
        var walk = machine(roots)

        #expect(repetitions(walk.start(now: now)) == 2)
        #expect(repetitions(walk.answered(Answer(errorStatus: 1), now: now)) == 1)
        #expect(names(walk.answered(Answer(errorStatus: 1), now: now)) == [roots[0]])
    }

    @Test("a guard's refusal, a cancellation and closing end a walk at once and for good")
    func stops() {
        let stops: [(Stop, WalkEnd)] = [
            (.notSent(.leaseNearlyOver), .partial(.notSent(.leaseNearlyOver))), (.cancelled, .partial(.cancelled)),
            (.closed, .refused(.closed)),
        ]
        for (stop, end) in stops {
            var walk = machine()
            _ = walk.start(now: now)
            #expect(walk.stopped(stop) == .finish)
            #expect(walk.end == end)
            #expect(walk.answered(page([root.appending([1])]), now: now) == .finish)
            #expect(walk.failed(.timedOut, now: now) == .finish)
            #expect(walk.end == end)
            #expect(walk.rowCount == 0)
        }
    }

    @Test("an error of the device is told with its number; answers without anything count as failed attempts")
    func errors() {
        var refused = machine()
        _ = refused.start(now: now)
        _ = refused.answered(Answer(errorStatus: 16), now: now)
        #expect(refused.end == .refused(.agent(status: 16)))

        var empty = machine()
        _ = empty.start(now: now)
        for _ in 0..<4 { _ = empty.answered(Answer(), now: now) }
        #expect(empty.end == .refused(.malformed(attempts: 4)))
    }

    @Test("whatever a device does, a walk ends, never asks for 0 repetitions or no name, and stays ended", arguments: 0..<300)
    func randomInputs(seed: UInt64) {
        var dice = Dice(seed: seed)
        let roots = (0..<Int.random(in: 1...5, using: &dice)).map { OID([1, 3, UInt32($0)]) }
        var walk = machine(roots, version: seed % 4 == 0 ? .v1 : .v2c, options: WalkOptions(rowsMax: 200))
        var effect = walk.start(now: now)
        var inputs = 0

        while case .send(let outgoing) = effect, inputs < 20_000 {
            inputs += 1
            #expect(!outgoing.names.isEmpty)
            #expect(outgoing.failures <= DeviceLimits().retries)
            if case .getBulk(let count) = outgoing.operation { #expect((1...25).contains(count)) }
            effect = randomInput(to: &walk, outgoing, &dice)
        }

        #expect(effect == .finish)
        let end = walk.end
        #expect(end != nil)
        #expect(walk.rowCount <= 200)
        for _ in 0..<20 { #expect(randomInput(to: &walk, Outgoing(operation: .get, names: roots, failures: 0), &dice) == .finish) }
        #expect(walk.end == end)
    }

    private func randomInput(to walk: inout WalkMachine, _ outgoing: Outgoing, _ dice: inout Dice) -> ExchangeEffect {
        switch Int.random(in: 0..<100, using: &dice) {
        case 0..<10: return walk.failed(.timedOut, now: now)
        case 10..<12: return walk.failed(.malformed, now: now)
        case 12..<20: return walk.answered(Answer(errorStatus: 1), now: now)
        case 20..<21: return walk.answered(Answer(errorStatus: 2, errorIndex: Int32.random(in: -1...6, using: &dice)), now: now)
        case 21..<23: return walk.answered(Answer(), now: now)
        case 23..<24 where Bool.random(using: &dice) && Bool.random(using: &dice): return walk.stopped(.cancelled)
        default: return walk.answered(randomPage(after: outgoing.names, &dice), now: now)
        }
    }

    /// Mostly what an honest device would say, now and then nonsense.
    private func randomPage(after names: [OID], _ dice: inout Dice) -> Answer {
        var rows = SNMPRows()
        var cursors = names
        for index in 0..<Int.random(in: 1...40, using: &dice) {
            let column = index % names.count
            cursors[column] =
                switch Int.random(in: 0..<400, using: &dice) {
                case 0: [1, 4]
                case 1: names[column]
                default: cursors[column].appending([UInt32.random(in: 0...1, using: &dice)])
                }
            rows.append(VarBind(name: cursors[column], value: Int.random(in: 0..<300, using: &dice) == 0 ? .endOfMibView : .null))
        }
        return Answer(rows: rows)
    }
}
