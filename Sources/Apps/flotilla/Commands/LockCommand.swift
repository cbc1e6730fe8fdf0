import APIContract
import ArgumentParser
import Foundation

/// `flotilla lock run KEY -- command …`.
struct LockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock",
        abstract: "Use a lock of the fleet, from a shell.",
        subcommands: [Run.self]
    )

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Hold a lock while a command runs; end the command if the lock is lost.",
            discussion: """
                The command finds the lock's fencing number in FLOTILLA_LOCK_FENCE: give it to what the lock protects, which should refuse \
                smaller ones. It runs in a process group of its own, its input is this command's unless that is a terminal. \
                Exits with the command's code, 128 + N when signal N ended it, 6 when the lock is busy, 4 when nobody answers, \
                1 when the lock was lost and the command was ended.
                """
        )

        @Argument(help: "Name of the lock, 1 to 200 bytes.")
        var key: String

        @Option(help: "How long to wait for the lock, e.g. 30s.")
        var wait = "0s"

        @Option(help: "How long the lock is held without a renewal, 1 s to 1 h; the command ends before that if nobody answers.")
        var ttl = "30s"

        @Option(help: "Who holds it, shown to others.")
        var holder: String?

        @Option(help: "Address of the orchestrator (environment: FLOTILLA_URL).")
        var url: String = CommonOptions.standardURL

        @Argument(parsing: .postTerminator, help: "The command and its arguments, behind --.")
        var command: [String] = []

        func validate() throws {
            guard SpanText.read(wait) != nil else { throw ValidationError("--wait \(wait) is no span; allowed: \(SpanText.allowed)") }
            guard let span = SpanText.read(ttl), (.seconds(1) ... .seconds(3600)).contains(span) else {
                throw ValidationError("--ttl \(ttl) does not fit; allowed: \(APIPath.lockTTL)")
            }
            guard !command.isEmpty else { throw ValidationError("no command; allowed: flotilla lock run \(key) -- COMMAND …") }
        }

        func run() async throws {
            let span = SpanText.read(ttl) ?? .seconds(30)
            let lock = LockClient(
                client: try APIClient(url),
                key: key,
                holder: holder ?? "\(NSUserName())@\(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier)",
                ttl: ttl
            )
            let grant = try await lock.acquire(within: SpanText.read(wait) ?? .zero)
            let code = await LockedRun(lock: lock, grant: grant, span: span, command: command).run()
            Foundation.exit(code)
        }
    }
}
