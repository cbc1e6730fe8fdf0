import Foundation
import Glibc
import Synchronization

/// A program that runs beside this process, in a process group of its own, and never outlives it.
///
/// A child is started once; make another to start it again. It is first a shell that waits for a word, so that the leash holds
/// its group before the program begins.
package final class ChildProcess: Sendable {
    /// What to start and how.
    package struct Command: Sendable {
        /// A bare name or an absolute path.
        package var program: String
        package var arguments: [String]
        /// The whole environment; nothing is inherited beside it.
        package var environment: [String: String]
        /// Working folder.
        package var folder: String
        /// File for standard output and error, appended to; `nil`: those of this process.
        package var log: String?
        /// File read as standard input.
        package var input: String
        /// Debian user to become; only root may ask for one.
        package var user: String?
        /// The signal that asks for an orderly end.
        package var stopSignal: Signal
        /// The signal the leash sends when this process dies.
        package var leashSignal: Signal

        package init(
            _ program: String,
            _ arguments: [String] = [],
            environment: [String: String] = ProcessInfo.processInfo.environment,
            folder: String = "/",
            log: String? = nil,
            input: String = "/dev/null",
            user: String? = nil,
            stopSignal: Signal = .terminate,
            leashSignal: Signal = .kill
        ) {
            self.program = program
            self.arguments = arguments
            self.environment = environment
            self.folder = folder
            self.log = log
            self.input = input
            self.user = user
            self.stopSignal = stopSignal
            self.leashSignal = leashSignal
        }
    }

    package let command: Command
    private let pidStore = Mutex<pid_t?>(nil)
    private let end = ProcessEnd()

    package init(_ command: Command) {
        self.command = command
    }

    deinit {
        guard isRunning else { return }
        signal(command.leashSignal)
        signal(.resume)
    }

    /// The process id once started; it is its group's id too.
    package var pid: Int32? { pidStore.withLock { $0 } }

    /// True from a successful start until the program has ended and was collected.
    package var isRunning: Bool { pid != nil && end.status == nil }

    /// How it ended; `nil` while it runs.
    package var exitStatus: ProcessExit? { end.status }

    /// Waits for the end; cancellation does not cut the wait short: stop the child instead.
    package var exited: ProcessExit {
        get async { await end.wait() }
    }

    /// Starts the program.
    /// - Throws: `.programMissing`, `.file` for its log, `.cannotStart`.
    package func start() throws(ServerError) {
        let program = try Program.find(command.program)
        let log = try openLog()
        defer { if let log { close(log) } }
        let pair = try SocketPair()
        defer { close(pair.near) }
        let started = try spawn(program, input: pair.far, log: log)
        pidStore.withLock { $0 = started }
        let last = command.leashSignal
        end.collect(started) { Leash.shared.release(group: started, last: last) }
        // Without the word the shell reads the end of input and leaves.
        try Leash.shared.hold(group: started, last: last)
        guard SocketPair.send("go", to: pair.near) else { throw .cannotStart(program: program, reason: systemText(errno)) }
    }

    /// Asks for an orderly end and, after `grace`, ends the whole tree with SIGKILL; returns when it has ended.
    @discardableResult
    package func stop(grace: Duration = .seconds(10)) async -> ProcessExit? {
        guard let pid else { return nil }
        guard isRunning else { return end.status }
        signal(.resume)
        end.whileRunning { _ = Glibc.kill(-pid, command.stopSignal.number) }
        if await end.wait(atMost: grace) == nil { kill() }
        return await end.wait()
    }

    /// Ends the program and all that descends from it with SIGKILL, at once; does not wait.
    package func kill() { signal(.kill) }

    /// Sends a signal to the program and all that descends from it.
    package func signal(_ signal: Signal) {
        guard let pid else { return }
        end.whileRunning {
            let others = ProcessTree.descendants(of: pid)
            Glibc.kill(-pid, signal.number)
            for other in others { Glibc.kill(other, signal.number) }
        }
    }

    private func openLog() throws(ServerError) -> Int32? {
        guard let log = command.log else { return nil }
        let descriptor = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .file(path: log, reason: systemText(errno)) }
        return descriptor
    }

    private func spawn(_ program: String, input: Int32, log: Int32?) throws(ServerError) -> pid_t {
        // This process keeps no copy: the shell shall see the end of input when the near end is closed.
        defer { close(input) }
        let wait = #"read -r go || exit 0; cd "$1" || exit 126; input=$2; shift 2; exec "$@" <"$input""#
        var words = ["-c", wait, "flotilla-child", command.folder, command.input]
        if let user = command.user {
            words += [try Program.find("setpriv", package: "util-linux"), "--reuid", user, "--regid", user, "--init-groups", "--"]
        }
        var environment = command.environment
        environment[Leash.key] = Leash.shared.tag
        let spawn = Spawn(
            program: "/bin/sh",
            arguments: words + [program] + command.arguments,
            environment: environment,
            input: input,
            output: log ?? 1,
            errors: log ?? 2
        )
        return try spawn()
    }
}
