import Domain
import Testing

@Suite("The ready list", .timeLimit(.minutes(4)))
struct ReadyListTests {
    private let start = ContinuousClock.now

    @Test("the most urgent starts first, then the oldest")
    func order() {
        var list = ReadyList(slots: [.general: 10])
        list.arrived(RunToken(1), on: Lane(.general, .low), at: start)
        list.arrived(RunToken(2), on: Lane(.general, .normal), at: start + .seconds(1))
        list.arrived(RunToken(3), on: Lane(.general, .normal), at: start + .seconds(2))
        list.arrived(RunToken(4), on: Lane(.general, .emergency), at: start + .seconds(3))

        #expect(runs(&list) == [4, 2, 3, 1])
        #expect(list.waitingCount == 0)
        #expect(list.usedSlots == [.general: 4])
    }

    @Test("a class without a free slot waits while others start")
    func classesAreApart() {
        var list = ReadyList(slots: [.network: 1, .cpu: 1])
        list.arrived(RunToken(1), on: Lane(.network, .high), at: start)
        list.arrived(RunToken(2), on: Lane(.network, .emergency), at: start)
        list.arrived(RunToken(3), on: Lane(.cpu, .maintenance), at: start)
        list.arrived(RunToken(4), on: Lane(.io, .emergency), at: start)

        #expect(Set(runs(&list)) == [2, 3])
        list.ended(in: .network)
        #expect(runs(&list) == [1])
        list.ended(in: .network)
        list.ended(in: .cpu)
        #expect(list.isIdle && list.waitingCount == 1)
    }

    @Test("every sixteenth start of a class takes what waited longest")
    func fairness() {
        var list = ReadyList(slots: [.general: 1, .cpu: 1])
        list.arrived(RunToken(999), on: Lane(.general, .maintenance), at: start)
        for number in 0..<UInt64(64) {
            list.arrived(RunToken(number), on: Lane(.general, .emergency), at: start + .seconds(1))
            list.arrived(RunToken(1000 + number), on: Lane(.cpu, .emergency), at: start - .seconds(1))
        }

        var general: [UInt64] = []
        while general.count < 20 {
            guard let next = list.startNext() else { break }
            list.ended(in: next.lane.taskClass)
            if next.lane.taskClass == .general { general.append(next.run.value) }
        }

        #expect(general.firstIndex(of: 999) == 15)
    }

    @Test("what waited five seconds is handed back, oldest first, and the rest stays")
    func handBack() {
        var list = ReadyList(slots: [:], handBackAfter: .seconds(5))
        list.arrived(RunToken(1), on: Lane(.general, .low), at: start)
        list.arrived(RunToken(2), on: Lane(.cpu, .high), at: start + .seconds(1))
        list.arrived(RunToken(3), on: Lane(.cpu, .high), at: start + .seconds(2))

        #expect(list.nextHandBack == start + .seconds(5))
        #expect(overdue(&list, at: .seconds(4)).isEmpty)
        #expect(overdue(&list, at: .seconds(6)) == [1, 2])
        #expect(list.nextHandBack == start + .seconds(7))
        #expect(handAllBack(&list) == [3])
        #expect(list.nextHandBack == nil)
    }

    @Test("deliveries of a lost channel are forgotten and never start")
    func forgets() {
        var list = ReadyList(slots: [.general: 3])
        for number in 1...UInt64(3) { list.arrived(RunToken(number), on: Lane(.general, .normal), at: start) }

        list.forget([RunToken(1), RunToken(3)])

        #expect(runs(&list) == [2])
    }

    @Test("over random sequences slots are never exceeded and every arrival is started, handed back or forgotten once")
    func randomSequences() {
        for seed in UInt64(0)..<60 {
            var chance = Chance(seed: seed)
            let slots: [TaskClass: Int] = [.general: 3, .network: 5, .cpu: 1]
            var list = ReadyList(slots: slots)
            var now = start
            var arrived: Set<RunToken> = []
            var gone: Set<RunToken> = []
            var running: [TaskClass: Int] = [:]
            var nextToken = UInt64(0)
            func leave(_ items: [ReadyList.Waiting]) {
                for item in items { #expect(gone.insert(item.run).inserted) }
            }
            for _ in 0..<1500 {
                now += .milliseconds(.random(in: 0..<400, using: &chance))
                switch Int.random(in: 0..<12, using: &chance) {
                case 0..<5:
                    let lane = Lane(
                        [.general, .network, .cpu].randomElement(using: &chance) ?? .cpu,
                        .allCases.randomElement(using: &chance) ?? .low
                    )
                    let token = RunToken(nextToken)
                    nextToken += 1
                    arrived.insert(token)
                    list.arrived(token, on: lane, at: now)
                case 5..<8:
                    guard let next = list.startNext() else { continue }
                    leave([next])
                    running[next.lane.taskClass, default: 0] += 1
                case 8..<10:
                    guard let ended = running.filter({ $0.value > 0 }).keys.sorted(by: { $0.rawValue < $1.rawValue }).first else {
                        continue
                    }
                    running[ended, default: 0] -= 1
                    list.ended(in: ended)
                case 10:
                    let overdue = list.overdue(at: now)
                    #expect(overdue.allSatisfy { $0.since + .seconds(5) <= now })
                    leave(overdue)
                default:
                    let lost = Set(arrived.subtracting(gone).filter { _ in Int.random(in: 0..<20, using: &chance) == 0 })
                    list.forget(lost)
                    gone.formUnion(lost)
                }

                for (taskClass, used) in list.usedSlots {
                    #expect(used <= slots[taskClass, default: 0])
                    #expect(used == running[taskClass])
                }
                #expect(list.waitingCount == arrived.count - gone.count)
                #expect((list.nextHandBack == nil) == (list.waitingCount == 0))
            }
            leave(list.handAllBack())
            #expect(gone == arrived)
        }
    }

    @Test("under a flood of urgent work a maintenance delivery starts within sixteen starts of its turn")
    func nothingStarves() {
        var list = ReadyList(slots: [.general: 2])
        var token = UInt64(1)
        list.arrived(RunToken(0), on: Lane(.general, .maintenance), at: start)
        for step in 1...32 {
            for _ in 0..<2 {
                list.arrived(RunToken(token), on: Lane(.general, .emergency), at: start + .seconds(step))
                token += 1
            }
            let next = list.startNext()
            list.ended(in: .general)
            if next?.run.value == 0 {
                #expect(step <= ReadyList.fairnessInterval)
                return
            }
        }
        Issue.record("the maintenance delivery never started")
    }

    private func runs(_ list: inout ReadyList) -> [UInt64] {
        var runs: [UInt64] = []
        while let next = list.startNext() { runs.append(next.run.value) }
        return runs
    }

    private func overdue(_ list: inout ReadyList, at offset: Duration) -> [UInt64] { list.overdue(at: start + offset).map(\.run.value) }

    private func handAllBack(_ list: inout ReadyList) -> [UInt64] { list.handAllBack().map(\.run.value) }
}
