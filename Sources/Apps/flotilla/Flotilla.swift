import ArgumentParser
import Foundation
import Reactor

/// The command `flotilla NOUN VERB`.
@main
struct Flotilla: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flotilla",
        abstract: "Runs work on a fleet of worker processes, one heavy operation per OLT at a time.",
        subcommands: [
            UpCommand.self, DemoCommand.self, DatabaseCommand.self, TaskCommand.self, OLTCommand.self, ONUCommand.self, ProfileCommand.self,
            PlanCommand.self, QuotasCommand.self, ViolationsCommand.self, LogsCommand.self, CoordinatorCommand.self, WorkersCommand.self,
            QueuesCommand.self, DeadLetterCommand.self, LeasesCommand.self, LockCommand.self, AuditCommand.self, SecretsCommand.self,
            TopologyCommand.self,
            EventsCommand.self, BenchCommand.self, FaultsCommand.self, SoakCommand.self,
        ]
    )

    /// Runs the command and ends the process with one of the codes of `ExitStatus`.
    static func main() async {
        ignoreBrokenPipes()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as CommandError {
            Terminal.complain(error.message)
            Foundation.exit(error.status.rawValue)
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if code == .success {
                Terminal.say(text)
                Foundation.exit(ExitStatus.done.rawValue)
            }
            Terminal.complain(text)
            Foundation.exit(code == .validationFailure ? ExitStatus.usage.rawValue : ExitStatus.failed.rawValue)
        }
    }
}

/// How a command ends; stable, for scripts.
enum ExitStatus: Int32 {
    case done = 0
    case failed = 1
    case usage = 2
    case notFound = 3
    case nobodyAnswered = 4
    case partial = 5
    case conflict = 6
    case notAllowed = 7
}

/// An end of a command with its exit code and a sentence for people.
struct CommandError: Error {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }
}
