package import Domain
package import Logging
import ServiceLifecycle
import Synchronization

/// Whether tasks with a key may be dispatched: not while the lease store is away, for their workers could only hand them back.
package final class LeaseGate: Service {
    package struct Settings: Hashable, Sendable {
        /// Pause between two questions, 50 ms…60 s.
        package var every: Duration = .milliseconds(500)

        package init() {}

        package func validated() throws(SettingFault) -> Settings {
            try SettingFault.check("leaseGate.every", every, in: .milliseconds(50) ... .seconds(60))
            return self
        }
    }

    private let ask: @Sendable () async -> String?
    private let settings: Settings
    private let log: Logger
    private let last = Mutex<String?>(nil)

    /// `ask` answers in bounded time: `nil`, the lease store can be used; else why not.
    package init(ask: @escaping @Sendable () async -> String?, settings: Settings, log: Logger) {
        self.ask = ask
        self.settings = settings
        self.log = log
    }

    package var isOpen: Bool { trouble == nil }

    /// Why the lease store could not be used when it was last asked.
    package var trouble: String? { last.withLock { $0 } }

    /// Asks until a graceful shutdown.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let answer = await self.ask()
                if !Task.isCancelled { self.note(answer) }
                try? await Task.sleep(for: self.settings.every)
            }
        }
    }

    private func note(_ trouble: String?) {
        let before = last.withLock { last in
            defer { last = trouble }
            return last
        }
        switch (before, trouble) {
        case (nil, let reason?): log.warning("tasks with a key wait: the lease store is away", metadata: [LogKey.reason: "\(reason)"])
        case (_?, nil): log.notice("the lease store answers again")
        case (nil, nil), (_?, _?): break
        }
    }
}
