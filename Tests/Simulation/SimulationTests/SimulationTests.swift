import FleetSimulation
import Testing

/// The simulation itself; `make sim` plays it by the thousand.
@Suite("The simulation", .timeLimit(.minutes(5)))
struct SimulationTests {
    @Test("a seed replays exactly, read or unread", arguments: [1, 8, 21, 148] as [UInt64])
    func replay(_ seed: UInt64) {
        let first = Run(Story(seed: seed))
        let second = Run(Story(seed: seed), isRead: true)
        #expect(first.print == second.print)
        #expect(first.steps == second.steps)
        #expect(first.lines.isEmpty)
        #expect(!second.lines.isEmpty)
    }

    @Test("another seed is another story")
    func seeds() {
        #expect(Story(seed: 1) != Story(seed: 2))
        #expect(Story(seed: 3) == Story(seed: 3))
        #expect(Run(Story(seed: 1)).print != Run(Story(seed: 2)).print)
    }

    @Test("one seed in eight has no faults, the others have some")
    func calm() {
        #expect((1...64).allSatisfy { (Story(seed: $0).faults == 0) == ($0 % 8 == 0) })
    }

    @Test("stories end well", arguments: [1...8, 9...16, 17...24] as [ClosedRange<UInt64>])
    func good(_ seeds: ClosedRange<UInt64>) async {
        for await run in Runs(seeds: seeds.lowerBound..<(seeds.upperBound + 1)).all {
            #expect(run.violations.isEmpty, "seed \(run.story.seed)")
        }
    }

    @Test(
        "a fault that is put in on purpose is caught by its check",
        arguments: [
            (Bug.outcomeByAttempt, Invariant.i6), (.noBarrier, .i8), (.copyIsLetter, .i12), (.emptyLaneIsLoss, .given),
            (.acknowledgedOnArrival, .i3), (.draftAcknowledgedBeforeCommit, .i1), (.noQuietGap, .i8), (.runsAreNotCancelled, .i20),
        ]
    )
    func caught(_ bug: Bug, by invariant: Invariant) async {
        var caught: [Invariant] = []
        for await run in Runs(seeds: 1..<40, bug: bug).all where !run.isGood {
            caught += run.violations.map(\.invariant)
            if caught.contains(invariant) { break }
        }
        #expect(caught.contains(invariant), "caught only by \(caught)")
    }

    @Test("a story that fails is made smaller and fails in the same way, again and again")
    func shrunk() throws {
        let bug = Bug.noQuietGap
        let failing = try #require((1...20).lazy.map { Run(Story(seed: $0, showing: bug), bug: bug) }.first { !$0.isGood })
        let small = Shrinker(bug: bug, triesMax: 60).shrink(failing)
        #expect(small.story.jobs.count < failing.story.jobs.count)
        #expect(small.violations.first?.invariant == failing.violations.first?.invariant)
        #expect(Run(small.story, bug: bug).print == small.print)
    }
}
