import Testing

@testable import SNMP

@Suite("The get machine", .timeLimit(.minutes(1)))
struct GetMachineTests {
    private let names = (1...7).map { OID([1, 3, UInt32($0), 0]) }

    private func answer(to outgoing: Outgoing) -> Answer {
        var rows = SNMPRows()
        for name in outgoing.names { rows.append(VarBind(name: name, value: .gauge(name.arcs[2]))) }
        return Answer(rows: rows)
    }

    private func asked(_ effect: ExchangeEffect) -> Outgoing? {
        guard case .send(let outgoing) = effect else { return nil }
        return outgoing
    }

    private var expected: [VarBind] { names.map { VarBind(name: $0, value: .gauge($0.arcs[2])) } }

    @Test("names are asked in requests of the given size and answered in the order they were given")
    func groups() throws {
        var get = GetMachine(names: names, namesPerGet: 3, retries: 3)
        var sizes: [Int] = []
        var effect = get.start()
        while let outgoing = asked(effect) {
            sizes.append(outgoing.names.count)
            effect = get.answered(answer(to: outgoing))
        }

        #expect(sizes == [3, 3, 1])
        #expect(try get.result?.get() == expected)
    }

    @Test("what lies behind a name is told with its own name; the end of the view with the name that was asked")
    func next() throws {
        var get = GetMachine(names: Array(names.prefix(3)), isNext: true, namesPerGet: 20, retries: 0)
        let outgoing = try #require(asked(get.start()))
        var rows = SNMPRows()
        rows.append(VarBind(name: names[0].appending([4]), value: .integer(7)))
        rows.append(VarBind(name: [1, 4, 1], value: .null))
        rows.append(VarBind(name: names[2], value: .endOfMibView))

        #expect(outgoing.operation == .getNext)
        #expect(get.answered(Answer(rows: rows)) == .finish)
        #expect(try get.result?.get().map(\.name) == [names[0].appending([4]), [1, 4, 1], names[2]])
    }

    @Test("an answer to GETNEXT that does not lie behind the name is no answer")
    func nextGoesBack() throws {
        var get = GetMachine(names: [names[1]], isNext: true, namesPerGet: 20, retries: 0)
        _ = get.start()
        var rows = SNMPRows()
        rows.append(VarBind(name: names[0], value: .integer(7)))

        #expect(get.answered(Answer(rows: rows)) == .finish)
        #expect(get.result == .failure(.malformed(attempts: 1)))
    }

    @Test("no names are answered at once")
    func nothing() throws {
        var get = GetMachine(names: [], namesPerGet: 3, retries: 3)

        #expect(get.start() == .finish)
        #expect(try get.result?.get() == [])
    }

    @Test("tooBig splits, the size is remembered, and a single name that is too big is the end")
    func tooBig() throws {
        var get = GetMachine(names: names, namesPerGet: 20, retries: 3)
        var effect = get.start()
        while let outgoing = asked(effect) {
            effect = get.answered(outgoing.names.count > 2 ? Answer(errorStatus: 1) : answer(to: outgoing))
        }
        #expect(try get.result?.get() == expected)
        #expect(get.namesPerGet <= 2)

        var hopeless = GetMachine(names: [names[0]], namesPerGet: 20, retries: 3)
        _ = hopeless.start()
        #expect(hopeless.answered(Answer(errorStatus: 1)) == .finish)
        #expect(hopeless.result == .failure(.tooBig(names[0])))
    }

    @Test("a name that version 1 does not know is cut out and the rest asked again", arguments: [true, false])
    func cutOut(blames: Bool) throws {
        var get = GetMachine(names: names, namesPerGet: 20, retries: 3)
        var effect = get.start()
        while let outgoing = asked(effect) {
            if let place = outgoing.names.firstIndex(of: names[4]) {
                effect = get.answered(Answer(errorStatus: 2, errorIndex: blames ? Int32(place + 1) : 0))
            } else {
                effect = get.answered(answer(to: outgoing))
            }
        }

        var wanted = expected
        wanted[4] = VarBind(name: names[4], value: .noSuchObject)
        #expect(try get.result?.get() == wanted)
    }

    @Test("an answer about other names is not an answer")
    func strangeNames() {
        var get = GetMachine(names: [names[0]], namesPerGet: 20, retries: 1)
        let strange = answer(to: Outgoing(operation: .get, names: [names[1]], failures: 0))

        #expect(asked(get.start())?.failures == 0)
        #expect(asked(get.answered(strange))?.failures == 1)
        #expect(get.answered(strange) == .finish)
        #expect(get.result == .failure(.malformed(attempts: 2)))
    }

    @Test("silence ends after the retries, an error of the device at once and with the name it blamed")
    func failures() {
        var silent = GetMachine(names: names, namesPerGet: 20, retries: 2)
        _ = silent.start()
        _ = silent.failed(.timedOut)
        _ = silent.failed(.timedOut)
        #expect(silent.failed(.timedOut) == .finish)
        #expect(silent.result == .failure(.timedOut(attempts: 3)))

        var failing = GetMachine(names: names, namesPerGet: 20, retries: 2)
        _ = failing.start()
        #expect(failing.answered(Answer(errorStatus: 5, errorIndex: 2)) == .finish)
        #expect(failing.result == .failure(.agent(status: 5, name: names[1])))
    }

    @Test("whatever a device does, a get ends, never asks for nothing, and stays ended", arguments: 0..<200)
    func randomInputs(seed: UInt64) {
        var dice = Dice(seed: seed)
        let names = (0..<Int.random(in: 1...60, using: &dice)).map { OID([1, 3, UInt32($0)]) }
        var get = GetMachine(names: names, namesPerGet: Int.random(in: 1...30, using: &dice), retries: 3)
        var effect = get.start()
        var inputs = 0
        while let outgoing = asked(effect), inputs < 10_000 {
            inputs += 1
            #expect(!outgoing.names.isEmpty)
            effect =
                switch Int.random(in: 0..<10, using: &dice) {
                case 0: get.failed(.timedOut)
                case 1: get.answered(Answer(errorStatus: 1))
                case 2: get.answered(Answer(errorStatus: 2, errorIndex: Int32.random(in: -1...70, using: &dice)))
                case 3 where Int.random(in: 0..<5, using: &dice) == 0: get.answered(Answer())
                default: get.answered(answer(to: outgoing))
                }
        }

        #expect(effect == .finish)
        if case .success(let rows)? = get.result { #expect(rows.map(\.name) == names) }
        #expect(get.result != nil)
        #expect(get.stopped(.cancelled) == .finish)
        #expect(get.result != .failure(.cancelled))
    }
}
