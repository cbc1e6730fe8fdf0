package import Domain
package import Logging
import ServiceLifecycle

/// A net under the exclusion rule: promotes what is blocked behind nobody.
///
/// What it finds is a defect, and is counted.
package struct ForgottenSweep: Service {
    /// Pause between looks.
    private static let every: Duration = .seconds(10)

    private let tasks: any TaskRecord
    private let dispatcher: Dispatcher
    private let counters: CounterBook
    private let time: TimeSource
    private let log: Logger

    package init(tasks: any TaskRecord, dispatcher: Dispatcher, counters: CounterBook, time: TimeSource, log: Logger) {
        self.tasks = tasks
        self.dispatcher = dispatcher
        self.counters = counters
        self.time = time
        self.log = log
    }

    /// Runs until a graceful shutdown.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.every)
                if !Task.isCancelled { await look() }
            }
        }
    }

    private func look() async {
        do throws(RecordError) {
            let found = try await tasks.promoteForgotten(now: time.wall())
            guard found > 0 else { return }
            counters.count { $0.forgotten += found }
            log.warning("tasks were blocked behind nobody", metadata: [LogKey.count: "\(found)"])
            dispatcher.notify()
        } catch {
            log.warning("blocked tasks could not be checked", metadata: [LogKey.error: "\(error)"])
        }
    }
}
