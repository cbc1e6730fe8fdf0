import ArgumentParser
import Assembly
import Foundation

/// `flotilla db migrate [--dry-run]`.
struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "db", abstract: "Care for the database.", subcommands: [Migrate.self])

    struct Migrate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Bring the schema up to date (FLOTILLA_POSTGRES_URL).")

        @Option(help: "The database (environment: FLOTILLA_POSTGRES_URL).")
        var postgres: String = ProcessInfo.processInfo.environment["FLOTILLA_POSTGRES_URL"] ?? ""

        @Flag(help: "Only print what would be done.")
        var dryRun = false

        @Flag(help: "Print JSON and nothing else.")
        var json = false

        func run() async throws {
            guard !postgres.isEmpty else {
                throw CommandError(
                    .usage,
                    "no database given; allowed: --postgres postgres://USER:PASSWORD@HOST:PORT/NAME or FLOTILLA_POSTGRES_URL"
                )
            }
            let schema = DatabaseSchema(url: postgres)
            do {
                let steps = dryRun ? try await schema.plan() : try await schema.migrate()
                if json { return try Terminal.json(steps) }
                let verb = dryRun ? "would apply" : "applied"
                Terminal.say(steps.isEmpty ? "the schema is up to date" : steps.map { "\(verb) \($0)" }.joined(separator: "\n"))
            } catch let error as StartupError {
                throw CommandError(error.isNobodyThere ? .nobodyAnswered : .failed, error.message)
            }
        }
    }
}
