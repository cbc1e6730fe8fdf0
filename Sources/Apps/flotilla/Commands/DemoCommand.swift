import APIContract
import ArgumentParser
import Foundation

/// `flotilla demo`: the main job on real servers, with a table of what happened.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Discover simulated OLTs on real servers, kill a worker in the middle, retry a dead letter."
    )

    @Flag(help: "Keep the fleet and the page up afterwards, until Ctrl-C.")
    var stay = false

    @Flag(help: "Print the steps as JSON instead of a table.")
    var json = false

    @Option(help: "How many simulated OLTs, 2 to 200.")
    var olts = 20

    func validate() throws {
        guard (2...200).contains(olts) else { throw ValidationError("--olts \(olts) is out of range; allowed: 2 to 200") }
    }

    func run() async throws {
        var options = LocalFleet.Options()
        options.environment = ["FLOTILLA_SNMP_WITNESS": "true", "FLOTILLA_LEASE_SPAN_MS": "12000", "FLOTILLA_LEASE_RENEW_MS": "3000"]
        let started = ContinuousClock.now
        let note: @Sendable (String) -> Void = { text in
            Terminal.note("\(Stopwatch.text(ContinuousClock.now - started))  \(text)")
        }
        let fleet = try LocalFleet(options, note: note)
        let simulator = try SimulatedOLTs(count: olts, onusPerOLT: 64)
        let (stay, json) = (stay, json)
        try await Foreground.run(
            starting: {
                try await simulator.start()
                note("\(simulator.count) simulated OLTs answer on 127.20.0.1 and following, optics take 5 ms a row")
                try await fleet.start()
            },
            stopping: {
                await fleet.stop()
                await simulator.stop()
            },
            body: {
                let story = try await DemoStory(fleet: fleet, simulator: simulator, note: note).play()
                if json {
                    try Terminal.json(story.steps)
                } else {
                    Terminal.say(story.table(total: ContinuousClock.now - started))
                    Terminal.say("page and API: \(await fleet.url)")
                }
                guard story.isGood else { throw CommandError(.failed, "the demo did not end as promised") }
                if stay {
                    Terminal.note("staying up until Ctrl-C")
                    try await Task.sleep(for: .seconds(86_400))
                }
            }
        )
    }
}

/// Times as the demo prints them.
enum Stopwatch {
    static func text(_ span: Duration) -> String {
        let tenths = Int((span / .milliseconds(100)).rounded())
        let text = "\(tenths / 10).\(tenths % 10) s"
        return String(repeating: " ", count: max(0, 7 - text.count)) + text
    }
}
