import APIContract
import Domain
import Foundation
import PrivateServers
import Synchronization
import UnixSignals

/// A command that runs while a lock is held, and ends before the lock does.
struct LockedRun: Sendable {
    private static let lookEvery: Duration = .milliseconds(50)

    let lock: LockClient
    let grant: LockClient.Grant
    let span: Duration
    let command: [String]

    /// Runs the command to its end; the code to exit with.
    func run() async -> Int32 {
        var environment = ProcessInfo.processInfo.environment
        environment["FLOTILLA_LOCK_FENCE"] = "\(grant.shape.fence)"
        environment["FLOTILLA_LOCK_KEY"] = lock.key
        let child = ChildProcess(
            ChildProcess.Command(
                command[0],
                Array(command.dropFirst()),
                environment: environment,
                folder: FileManager.default.currentDirectoryPath,
                input: Self.input
            )
        )
        do {
            try child.start()
        } catch {
            Terminal.complain("\(error)")
            await giveBack()
            return error.isMissing ? 127 : 126
        }
        let isLost = await withTaskGroup(of: Bool?.self) { group in
            group.addTask {
                _ = await child.exited
                return nil
            }
            group.addTask { await guarded(child) }
            group.addTask {
                for await signal in await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup, .sigquit) {
                    Self.pass(signal, to: child)
                }
                return nil
            }
            // Whoever ends first, the command has ended, or is made to; the guard says which.
            var isLost = await group.next() == true
            group.cancelAll()
            for await said in group where said == true { isLost = true }
            return isLost
        }
        let end = await child.exited
        if isLost { return ExitStatus.failed.rawValue }
        await giveBack()
        switch end {
        case .code(let code): return code
        case .signal(let number): return 128 + number
        }
    }

    /// Renews the lock until the command has ended; ends the command when the lock cannot be relied on.
    /// - Returns: true when the lock was lost and the command was ended for it; `nil` when the command ended by itself.
    private func guarded(_ child: ChildProcess) async -> Bool? {
        let grace = min(span / 4, .seconds(5))
        var settings = LeaseKeeper.Settings()
        settings.span = span
        settings.renewEvery = span / 3
        settings.margin = min(span / 10, .seconds(1))
        settings.pduLife = grace
        let keeper = Keeper(LeaseKeeper(sentAt: grant.sentAt, settings: settings))
        return await withTaskGroup(of: Void.self) { renewals in
            defer { renewals.cancelAll() }
            while child.isRunning {
                let now = ContinuousClock.now
                // Past this moment there is no time left for an orderly end.
                guard keeper.with({ $0.maySend(at: now) }) else {
                    Terminal.complain("the lock \(lock.key) cannot be relied on any more: ending the command")
                    _ = await child.stop(grace: grace)
                    return true
                }
                if keeper.with({ $0.tick(now: now) }) == .renew {
                    renewals.addTask {
                        switch await lock.renew(grant.shape) {
                        case true?: keeper.answered(.renewed)
                        case false?: keeper.answered(.lost)
                        case nil: keeper.unanswered()
                        }
                    }
                }
                do { try await Task.sleep(for: Self.lookEvery) } catch { return nil }
            }
            return nil
        }
    }

    private func giveBack() async {
        if let reason = await lock.release(grant.shape) { Terminal.complain("the lock was not given back and ends by itself: \(reason)") }
    }

    private static func pass(_ signal: UnixSignal, to child: ChildProcess) {
        switch signal {
        case .sigint: child.signal(.interrupt)
        case .sighup: child.signal(.hangUp)
        case .sigquit: child.signal(.quit)
        default: child.signal(.terminate)
        }
    }

    /// Our own input, unless it cannot be opened anew, or is a terminal, which a group in the background may not read.
    private static var input: String {
        let own = "/proc/\(ProcessInfo.processInfo.processIdentifier)/fd/0"
        return isatty(0) == 0 && FileManager.default.isReadableFile(atPath: own) ? own : "/dev/null"
    }
}

/// A keeper that two tasks use.
private final class Keeper: Sendable {
    private let keeper: Mutex<LeaseKeeper>

    init(_ keeper: LeaseKeeper) {
        self.keeper = Mutex(keeper)
    }

    func with<Answer: Sendable>(_ body: (inout sending LeaseKeeper) -> sending Answer) -> Answer { keeper.withLock(body) }

    func answered(_ answer: RenewAnswer) { keeper.withLock { _ = $0.answered(answer) } }

    func unanswered() { keeper.withLock { _ = $0.unanswered(now: .now) } }
}

extension ServerError {
    fileprivate var isMissing: Bool {
        if case .programMissing = self { true } else { false }
    }
}
