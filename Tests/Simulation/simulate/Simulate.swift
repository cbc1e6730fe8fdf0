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
    var defect: String?

    @Flag(help: "Puts every known fault in, one after the other, until each is caught.")
    var zoo = false

    @Flag(help: "Fails when something that a run should meet now and then was met in none.")
    var everySight = false

    @Option(help: "Plays so many days of the coordinator instead: OLTs, dead ones, slow ones, changes, leaders that die.")
    var days: UInt64 = 0

    @Option(help: "OLTs of the day, 1 to 20,000.")
    var olts = 2_000

    @Option(help: "Hours of the day, 1 to 240.")
    var hours = 24

    @Option(help: "Stories that are played at a time, 1 to 64.")
    var atOnce = 2

    func validate() throws {
        guard (1...20_000).contains(olts) else { throw ValidationError("--olts \(olts): 1 to 20000 are allowed") }
        guard (1...240).contains(hours) else { throw ValidationError("--hours \(hours): 1 to 240 are allowed") }
        guard (1...64).contains(atOnce) else { throw ValidationError("--at-once \(atOnce): 1 to 64 are allowed") }
        guard seeds > 0, from.addingReportingOverflow(seeds).overflow == false else {
            throw ValidationError("--seeds \(seeds) from \(from): at least one story is played, and seeds are 64 bits wide")
        }
        if let defect, Defect(rawValue: defect) == nil {
            throw ValidationError("--defect \(defect): allowed are \(Defect.allCases.map(\.rawValue).joined(separator: ", "))")
        }
    }

    func run() async throws {
        let defect = defect.flatMap { Defect(rawValue: $0) }
        if days > 0 { return try playDays() }
        if let seed { return try tell(Run(Story(seed: seed, showing: defect), defect: defect, isRead: true)) }
        try await zoo ? visitZoo() : play(defect)
    }

    private func tell(_ run: Run) throws {
        for line in run.lines { print(line) }
        for violation in run.violations { print(violation) }
        print("\(run.steps) steps, \(run.length.inSeconds), fingerprint \(String(run.fingerprint, radix: 16))")
        if !run.isGood { throw ExitCode(1) }
    }

    // MARK: Days

    private func playDays() throws {
        for seed in seed.map({ $0..<($0 + 1) }) ?? from..<(from + days) {
            var settings = DaySettings()
            settings.seed = seed
            settings.olts = olts
            settings.hours = hours
            let began = ContinuousClock.now
            let report = Day(settings).play()
            print("day of seed \(seed): \(report), in \((ContinuousClock.now - began).inSeconds)")
            for fault in report.faults.prefix(20) { print("  \(fault)") }
            if !report.faults.isEmpty || report.completion < 0.999 { throw ExitCode(1) }
        }
    }

    // MARK: Stories

    private func play(_ defect: Defect?) async throws {
        let began = ContinuousClock.now
        var tally = Tally()
        for await run in Runs(seeds: from..<(from + seeds), defect: defect, atOnce: atOnce).all {
            if let violation = run.violations.first { print("seed \(run.story.seed) fails: \(violation)") }
            tally.add(run)
        }
        let took = (ContinuousClock.now - began).inSeconds
        print("\(tally.runs) stories from seed \(from): \(tally.faults) faults, \(tally.steps) steps, \(tally.hours) h, in \(took)")
        for sight in Journal.Sight.allCases { print("  \(tally.sights[sight, default: 0]) \(sight.rawValue)") }
        if let worst = tally.bad.min(by: { $0.story.seed < $1.story.seed }) {
            shrink(worst, defect)
            print("\(tally.bad.count) of \(tally.runs) stories fail; play one again with --seed \(worst.story.seed)")
            throw ExitCode(1)
        }
        let unseen = Journal.Sight.allCases.filter { tally.sights[$0, default: 0] == 0 }
        if everySight, !unseen.isEmpty {
            print("I26 fails, never met: \(unseen.map(\.rawValue).joined(separator: ", "))")
            throw ExitCode(1)
        }
        print("all good")
    }

    private func shrink(_ run: Run, _ defect: Defect?) {
        let small = Shrinker(defect: defect).shrink(run)
        let story = small.story
        print(
            "shrunk to \(story.jobs.count) tasks, \(story.turns.count) turns, \(story.orchestrators) orchestrators, \(story.workers) workers:"
        )
        for line in Run(story, defect: defect, isRead: true).lines.suffix(200) { print(line) }
    }

    // MARK: The zoo

    private func visitZoo() async throws {
        var escaped: [Defect] = []
        for defect in Defect.allCases {
            if let (run, count) = await firstCaught(defect) {
                // The very same story without the defect: else it proves nothing.
                if let violation = Run(run.story).violations.first {
                    escaped.append(defect)
                    print("\(defect.rawValue): seed \(run.story.seed) fails without it, too: \(violation)")
                    continue
                }
                print(
                    "\(defect.rawValue): caught after \(count) stories (seed \(run.story.seed)) by \(run.violations[0].invariant.rawValue)"
                )
            } else {
                escaped.append(defect)
                print("\(defect.rawValue): ESCAPED \(seeds) stories")
            }
        }
        print("\(Defect.allCases.count - escaped.count) of \(Defect.allCases.count) caught")
        if !escaped.isEmpty { throw ExitCode(1) }
    }

    private func firstCaught(_ defect: Defect) async -> (run: Run, count: Int)? {
        var count = 0
        for await run in Runs(seeds: from..<(from + seeds), defect: defect, atOnce: atOnce).all {
            count += 1
            if !run.isGood { return (run, count) }
        }
        return nil
    }
}

/// What many runs came to.
private struct Tally {
    var runs = 0
    var faults = 0
    var steps = 0
    var sights: [Journal.Sight: Int] = [:]
    var bad: [Run] = []
    private var seconds: Int64 = 0

    /// Hours of virtual time.
    var hours: Int64 { seconds / 3600 }

    mutating func add(_ run: Run) {
        runs += 1
        faults += run.story.faults
        steps += run.steps
        seconds += run.length.components.seconds
        sights.merge(run.sights) { $0 + $1 }
        if !run.isGood { bad.append(run) }
    }
}
