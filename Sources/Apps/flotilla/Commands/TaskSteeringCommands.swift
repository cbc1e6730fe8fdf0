import APIContract
import ArgumentParser

extension TaskCommand {
    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Cancel tasks: what waits at once, what runs within seconds."
        )

        @Argument(help: "The ids.")
        var ids: [String]

        @Option(help: "Shown with the task.")
        var reason: String?

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let client = try common.client()
            var answers: [SteeringShape] = []
            var failures: [CommandError] = []
            for id in ids {
                do {
                    answers.append(try await client.post(APIPath.taskCancel(id), CancelShape(reason: reason)))
                } catch let error as CommandError {
                    failures.append(error)
                    Terminal.note("\(id): \(error.message)")
                }
            }
            if common.json { try Terminal.json(answers) }
            for answer in answers where !common.json { Terminal.say("\(answer.id) \(answer.state)") }
            guard let first = failures.first else { return }
            throw CommandError(answers.isEmpty ? first.status : .partial, "\(failures.count) of \(ids.count) could not be cancelled")
        }
    }

    struct Reprioritize: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give a task that has not started another priority.")

        @Argument(help: "The id.")
        var id: String

        @Argument(help: "One of the eight priorities.")
        var priority: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let answer: SteeringShape = try await common.client().post(
                APIPath.taskReprioritize(id),
                ReprioritizeShape(priority: priority)
            )
            if common.json { return try Terminal.json(answer) }
            Terminal.say("\(answer.id) \(answer.state) to \(priority)")
        }
    }
}
