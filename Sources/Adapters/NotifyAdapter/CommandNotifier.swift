package import Domain
package import Reactor

/// Starts a program for each violation: JSON on its standard input, no shell, done when it ends with 0.
package struct CommandNotifier: ViolationNotifier {
    package static let limit: Duration = .seconds(30)

    package let name = "command"
    private let command: CommandRun

    /// - Parameters:
    ///   - words: program and arguments, at least one.
    ///   - limit: after it the program and what it started are killed.
    ///   - pool: reads its output.
    package init(_ words: [String], limit: Duration = Self.limit, pool: BlockingPool) {
        precondition(!words.isEmpty, "a command has a program")
        command = CommandRun(program: words[0], arguments: Array(words.dropFirst()), limit: limit, pool: pool)
    }

    package func notify(_ notice: ViolationRow) async throws(NotifyError) {
        try await command.run(input: Notice(row: notice).json)
    }
}
