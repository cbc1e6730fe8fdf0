import ArgumentParser
import FleetSimulation

/// Plays stories of a whole fleet by the thousand, and says which ones fail.
@main
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Plays seeded stories of a whole fleet in virtual time and judges each."
    )

    @Option(help: "Stories to play.")
    var seeds: UInt64 = 100

    @Option(help: "The first seed.")
    var from: UInt64 = 1

    @Option(help: "Plays this seed alone and tells everything that happens.")
    var seed: UInt64?

    @Option(help: "Puts this fault in, by its name.")
    var bug: String?

    @Flag(help: "Puts every known fault in, one after the other, until each is caught.")
    var zoo = false

    @Option(help: "Stories that are played at a time, 1 to 64.")
    var atOnce = 2

    func validate() throws {
        guard (1...64).contains(atOnce) else { throw ValidationError("--at-once \(atOnce): 1 to 64 are allowed") }
        guard seeds > 0 else { throw ValidationError("--seeds 0: at least one story is played") }
        if let bug, Bug(rawValue: bug) == nil {
            throw ValidationError("--bug \(bug): allowed are \(Bug.allCases.map(\.rawValue).joined(separator: ", "))")
        }
    }

    func run() async throws {
        let bug = bug.flatMap { Bug(rawValue: $0) }
        if let seed { return try tell(Run(Story(seed: seed, showing: bug), bug: bug, isRead: true)) }
        if zoo { return try await visitZoo() }
        try await play(bug)
    }

    private func tell(_ run: Run) throws {
        for line in run.lines { print(line) }
        print("\(run.steps) steps, \(run.length.inSeconds), print \(String(run.print, radix: 16))")
        for violation in run.violations { print(violation) }
        if !run.isGood { throw ExitCode(1) }
    }

    private func play(_ bug: Bug?) async throws {
        let began = ContinuousClock.now
        var tally = Tally()
        for await run in Runs(seeds: from..<(from + seeds), bug: bug, atOnce: atOnce).all { tally.add(run) }
        print(
            "\(tally.runs) stories, \(tally.faults) faults, \(tally.steps) steps, \(tally.simulated / 3600) h simulated in \((ContinuousClock.now - began).inSeconds)"
        )
        for sight in Journal.Sight.allCases { print("  \(tally.sights[sight, default: 0]) \(sight.rawValue)") }
        for run in tally.bad.sorted(by: { $0.story.seed < $1.story.seed }).prefix(10) {
            print("seed \(run.story.seed): \(run.violations[0])")
        }
        guard let worst = tally.bad.min(by: { $0.story.seed < $1.story.seed }) else { return print("all good") }
        let small = Shrinker(bug: bug).shrink(worst)
        print(
            "shrunk: \(small.story.jobs.count) tasks, \(small.story.turns.count) turns, \(small.story.orchestrators) orchestrators, \(small.story.workers) workers"
        )
        for line in Run(small.story, bug: bug, isRead: true).lines.suffix(200) { print(line) }
        print("\(tally.bad.count) of \(tally.runs) stories fail; play one again with --seed \(worst.story.seed)")
        throw ExitCode(1)
    }

    private func visitZoo() async throws {
        var escaped: [Bug] = []
        for bug in Bug.allCases {
            var caught: Run?
            var played = 0
            for await run in Runs(seeds: from..<(from + seeds), bug: bug, atOnce: atOnce).all {
                played += 1
                if !run.isGood {
                    caught = run
                    break
                }
            }
            if let caught {
                print(
                    "\(bug.rawValue): caught by \(caught.violations[0].invariant.rawValue) after \(played) stories (seed \(caught.story.seed))"
                )
            } else {
                escaped.append(bug)
                print("\(bug.rawValue): ESCAPED \(played) stories")
            }
        }
        print("\(Bug.allCases.count - escaped.count) of \(Bug.allCases.count) caught")
        if !escaped.isEmpty { throw ExitCode(1) }
    }
}

/// What many runs came to.
private struct Tally {
    var runs = 0
    var faults = 0
    var steps = 0
    /// Seconds of virtual time.
    var simulated: Int64 = 0
    var sights: [Journal.Sight: Int] = [:]
    var bad: [Run] = []

    mutating func add(_ run: Run) {
        runs += 1
        faults += run.story.faults
        steps += run.steps
        simulated += run.length.components.seconds
        sights.merge(run.sights) { $0 + $1 }
        if !run.isGood { bad.append(run) }
    }
}
