import APIContract
import ArgumentParser
import Foundation

/// `flotilla events`: what happens, as it happens.
struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Follow what happens: tasks that end, workers that come and are lost. Ctrl-C ends it."
    )

    @Option(help: "Only these, by the beginnings of their types: task.dead,worker")
    var types: String?

    @Option(help: "Go on after the event with this id.")
    var after: String?

    @Option(help: "End after so many events; missing: never.")
    var count: Int?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count \(count) is out of range; allowed: 1 and more") }
    }

    func run() async throws {
        let client = try common.client()
        var last = after
        var left = count ?? .max
        var hasAnswered = false
        while true {
            do {
                var reader = EventStreamReader()
                for try await data in try client.events(types: types, after: last).bytes {
                    hasAnswered = true
                    for event in reader.take(data) {
                        try show(event)
                        left -= event.type == "reset" ? 0 : 1
                        if left == 0 { return }
                    }
                    last = reader.lastID ?? last
                }
            } catch let error as CommandError where !hasAnswered || error.status != .nobodyAnswered {
                throw error
            } catch {
                guard hasAnswered else {
                    throw CommandError(.nobodyAnswered, "no orchestrator answers at \(common.url) (\(error.localizedDescription))")
                }
            }
            Terminal.note("the stream has ended, asking again")
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func show(_ event: EventStreamReader.Event) throws {
        guard event.type != "reset" else { return Terminal.note("events may be missing here") }
        if common.json { return Terminal.say(event.data) }
        let facts = (try? JSONDecoder().decode(Facts.self, from: Data(event.data.utf8))) ?? Facts()
        let words = [facts.at.map(common.times.of), event.type, facts.task ?? facts.worker, facts.reason, facts.errorClass]
        Terminal.say(words.compactMap(\.self).joined(separator: "  "))
    }

    /// What is shown of an event.
    private struct Facts: Decodable {
        var at: String?
        var task: String?
        var worker: String?
        var reason: String?
        var errorClass: String?
    }
}
