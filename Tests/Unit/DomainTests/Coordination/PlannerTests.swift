import Domain
import Testing

@Suite("The planner", .timeLimit(.minutes(1)))
struct PlannerTests {
    private let begin = BookStage.begin

    @Test("a cadence per period has exactly so many times in each whole period, evenly apart", arguments: [1, 2, 3, 4, 7, 60, 3600])
    func perPeriod(times: Int) {
        for olt in 1...50 {
            let phase = Phase(OLTID(Int64(olt)), .discovery).value
            for hour in 0..<3 {
                let from = begin + .seconds(3600 * hour)
                let found = Cadence.perPeriod(times).times(in: from..<(from + .seconds(3600)), length: .seconds(3600), phase: phase)

                #expect(found.count == times)
                let apart = zip(found.dropFirst(), found).map { ($0 - $1).microseconds }
                #expect(apart.allSatisfy { abs($0 - 3_600_000_000 / Int64(times)) <= 1 })
            }
        }
    }

    @Test("an interval keeps its beat across periods")
    func every() {
        let times = Cadence.every(.seconds(700)).times(in: begin..<(begin + .seconds(7200)), length: .seconds(3600), phase: 31_000)

        #expect(times.count == 10 || times.count == 11)
        #expect(zip(times.dropFirst(), times).allSatisfy { $0 - $1 == .seconds(700) })
    }

    @Test("ten thousand OLTs do not ask on the same second")
    func spread() {
        var seconds: [Int64: Int] = [:]
        for olt in 1...10_000 {
            let phase = Phase(OLTID(Int64(olt)), .discovery).value
            for time in Cadence.perPeriod(1).times(in: begin..<(begin + .seconds(3600)), length: .seconds(3600), phase: phase) {
                seconds[(time - begin).microseconds / 1_000_000, default: 0] += 1
            }
        }

        #expect(seconds.count > 3200)
        #expect((seconds.values.max() ?? 0) <= 14)
    }

    @Test("what is laid out never overlaps, stays in its window, and discovery keeps its time")
    func layOut() {
        var chance = Chance(seed: 11)
        for _ in 0..<500 {
            let window = begin..<(begin + .seconds(Int.random(in: 60...3600, using: &chance)))
            let gap = Duration.seconds(Int.random(in: 0...5, using: &chance))
            var planner = Planner(window: window, gap: gap)
            let wishes = (0..<Int.random(in: 0...60, using: &chance)).map { _ in
                Planner.Wish(
                    OperationType.all.randomElement(using: &chance) ?? .discovery,
                    due: window.lowerBound + .seconds(Int.random(in: -10...3600, using: &chance)),
                    takes: .milliseconds(Int.random(in: 1...200_000, using: &chance))
                )
            }

            let layout = planner.lay(wishes)

            #expect(layout.placed.count + layout.skipped.values.reduce(0, +) == wishes.count)
            for (one, next) in zip(layout.placed, layout.placed.dropFirst()) { #expect(one.at + one.takes + gap <= next.at) }
            for placed in layout.placed {
                #expect(window.lowerBound <= placed.at)
                #expect(placed.at + placed.takes <= window.upperBound)
            }
            // The lower rank gives way: with the discoveries alone as many of them find a place.
            var alone = Planner(window: window, gap: gap)
            let discoveries = alone.lay(wishes.filter { $0.operation == .discovery })
            #expect(discoveries.placed == layout.placed.filter { $0.operation == .discovery })
        }
    }

    @Test("a wish whose time is taken goes behind, or before when there is no place behind")
    func shifting() {
        let window = begin..<(begin + .seconds(100))
        var planner = Planner(window: window, gap: .zero)

        let layout = planner.lay([
            Planner.Wish(.discovery, due: begin + .seconds(50), takes: .seconds(20)),
            Planner.Wish(.get(.status), due: begin + .seconds(60), takes: .seconds(10)),
            Planner.Wish(.get(.optics), due: begin + .seconds(55), takes: .seconds(30)),
            Planner.Wish(.get(.distance), due: begin + .seconds(95), takes: .seconds(45)),
        ])

        #expect(layout.placed.map { ($0.at - begin).components.seconds } == [20, 50, 70])
        #expect(layout.placed.map(\.operation) == [.get(.optics), .discovery, .get(.status)])
        #expect(layout.skipped == [.get(.distance): 1])
    }

    @Test("a plan of one OLT with 64 operations costs at most 50 microseconds in an optimised build, ten times that in any")
    func cost() {
        let wishes = (0..<64).map { Planner.Wish(OperationType.all[$0 % 4], due: begin + .seconds($0 * 50), takes: .seconds(20)) }
        let took = ContinuousClock().measure {
            for _ in 0..<100 {
                var planner = Planner(window: begin..<(begin + .seconds(3600)), gap: .seconds(1))
                _ = planner.lay(wishes)
            }
        }

        #expect(took / 100 < .milliseconds(5))
    }

    @Test("predictions follow what runs take, and nine of ten stay below the ninetieth percentile")
    func durations() {
        var chance = Chance(seed: 5)
        var model = DurationModel(seed: .seconds(1))
        var above = 0
        for run in 0..<2000 {
            let took = Duration.milliseconds(10_000 + Int.random(in: 0...4000, using: &chance))
            if run >= 200, took > .milliseconds(Int64(model.ninetieth)) { above += 1 }
            model.observe(took)
        }

        #expect((120...260).contains(above), "\(above) of 1800 above")
        #expect(abs(model.mean - 12_000) < 1500)
        #expect((model.error ?? 1) < 0.25)
    }
}
