import FleetSimulation
import Foundation
import Testing

/// The simulation itself; `make sim` plays it by the thousand.
@Suite("The simulation", .timeLimit(.minutes(5)))
struct SimulationTests {
    @Test("a seed replays exactly, read or unread", arguments: [8, 21] as [UInt64])
    func replay(_ seed: UInt64) {
        let first = Run(Story(seed: seed))
        let second = Run(Story(seed: seed), isRead: true)
        #expect(first.fingerprint == second.fingerprint)
        #expect(first.steps == second.steps)
        #expect(first.lines.isEmpty)
        #expect(!second.lines.isEmpty)
    }

    @Test("another seed is another story")
    func seeds() {
        #expect(Story(seed: 1) != Story(seed: 2))
        #expect(Story(seed: 3) == Story(seed: 3))
        #expect(Run(Story(seed: 1)).fingerprint != Run(Story(seed: 2)).fingerprint)
    }

    @Test("one seed in eight has no faults, the others have some")
    func calm() {
        #expect((1...64).allSatisfy { (Story(seed: $0).faults == 0) == ($0 % 8 == 0) })
    }

    @Test("stories end well")
    func good() async {
        for await run in Runs(seeds: 1..<7).all {
            #expect(run.violations.isEmpty, "seed \(run.story.seed)")
        }
    }

    @Test("a day of the coordinator meets its quotas, overlaps nowhere, tells every miss, and replays exactly")
    func day() async {
        var settings = DaySettings()
        settings.seed = 2
        settings.olts = 40
        settings.hours = 2
        settings.changes = 6
        let chosen = settings

        let report = await aside { Day(chosen).play() }
        let again = await aside { Day(chosen).play() }

        #expect(report.faults.isEmpty, "\(report)")
        #expect(report.completion >= 0.999, "\(report)")
        #expect(report.leaders > 2 && report.refusedTurns > 0 && report.violations > 0 && report.operations > 200, "\(report)")
        #expect(report.description == again.description)
    }

    /// On a thread of its own: other tests need theirs.
    private func aside(_ play: @escaping @Sendable () -> DayReport) async -> DayReport {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: play()) }
        }
    }

    @Test(
        "a fault that is put in on purpose is caught by its check",
        arguments: [
            (Defect.noBarrier, Invariant.i8), (.copyIsLetter, .i12), (.emptyLaneIsLoss, .given), (.acknowledgedOnArrival, .i3),
            (.countedByDelivery, .i10), (.violationWrittenTwice, .i11),
        ]
    )
    func caught(_ defect: Defect, by invariant: Invariant) async {
        var caught: [Invariant] = []
        for await run in Runs(seeds: 1..<40, defect: defect).all where !run.isGood {
            caught += run.violations.map(\.invariant)
            if caught.contains(invariant) { break }
        }
        #expect(caught.contains(invariant), "caught only by \(caught)")
    }

    @Test("a story that fails is made smaller and fails in the same way, again and again")
    func shrunk() throws {
        let defect = Defect.noQuietGap
        let failing = try #require((1...20).lazy.map { Run(Story(seed: $0, showing: defect), defect: defect) }.first { !$0.isGood })
        let small = Shrinker(defect: defect, triesMax: 20).shrink(failing)
        #expect(small.story.jobs.count < failing.story.jobs.count)
        #expect(small.violations.first?.invariant == failing.violations.first?.invariant)
        #expect(Run(small.story, defect: defect).fingerprint == small.fingerprint)
    }
}
