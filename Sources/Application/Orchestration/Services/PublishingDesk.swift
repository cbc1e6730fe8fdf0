import Domain
import Logging
import Synchronization

/// Publishes tasks in batches and deals with the broker's answers.
final class PublishingDesk: Sendable {
    private let tasks: any TaskRecord
    private let broker: any OrchestratorBroker
    private let ledger: LaneLedger
    private let counters: CounterBook
    private let observer: any FleetObserver
    private let settings: Dispatcher.Settings
    private let time: TimeSource
    private let log: Logger
    private let mailbox = Mailbox<DispatchedTask>()
    private let book = Mutex(PublishBook())

    init(
        tasks: any TaskRecord,
        broker: any OrchestratorBroker,
        ledger: LaneLedger,
        counters: CounterBook,
        observer: any FleetObserver,
        settings: Dispatcher.Settings,
        time: TimeSource,
        log: Logger
    ) {
        self.tasks = tasks
        self.broker = broker
        self.ledger = ledger
        self.counters = counters
        self.observer = observer
        self.settings = settings
        self.time = time
        self.log = log
    }

    /// Tasks that wait to be published.
    var backlog: Int { mailbox.count }

    /// Takes tasks to publish; those that are in hand already are left out.
    ///
    /// `again`: an earlier copy may be on its lane, so these keep their numbers whatever the broker says.
    /// - Returns: how many are new.
    @discardableResult
    func take(_ tasks: [DispatchedTask], again: Bool = false) -> Int {
        guard !tasks.isEmpty else { return 0 }
        let fresh = book.withLock { book in tasks.filter { book.take($0.number, again: again) } }
        // A closed desk publishes nothing: the next instance publishes these numbers again.
        mailbox.offer(contentsOf: fresh)
        return fresh.count
    }

    func close() {
        mailbox.close()
    }

    /// One of several publishers; ends when the desk is closed and empty.
    func publishUntilClosed() async {
        while let batch = await mailbox.take(upTo: settings.batchMax) {
            let begin = time.monotonic()
            let answers = await broker.publish(batch)
            observer.published(tasks: batch.count, took: time.monotonic() - begin)
            counters.count { $0.dispatched += batch.count }
            await settle(batch, answers)
        }
    }

    /// Writes down which numbers the broker confirmed.
    ///
    /// What cannot be written is published again: workers meet the number once more.
    func notePublished() async {
        let numbers = book.withLock { $0.confirmed() }
        guard !numbers.isEmpty else { return }
        do throws(RecordError) {
            try await tasks.published(numbers, now: time.wall())
            book.withLock { $0.noted(numbers) }
        } catch {
            log.warning("confirms could not be written down", metadata: [LogKey.error: "\(error)", LogKey.count: "\(numbers.count)"])
        }
    }

    private func settle(_ batch: [DispatchedTask], _ answers: [PublishAnswer]) async {
        var notTaken: [String: [DispatchedTask]] = [:]
        book.withLock { book in
            for (task, answer) in zip(batch, answers) {
                switch answer {
                case .confirmed: book.confirm(task.number)
                case .returned(let reason): notTaken["no queue takes it: \(reason)", default: []].append(task)
                case .refused: notTaken["the broker refused it: \(task.lane) is full or failed", default: []].append(task)
                case .unconfirmed: book.forget(task.number)
                }
            }
        }
        for (reason, tasks) in notTaken { await giveBack(tasks, because: reason) }
    }

    private func giveBack(_ batch: [DispatchedTask], because reason: String) async {
        counters.count { $0.notTaken += batch.count }
        log.warning("the broker did not take tasks", metadata: [LogKey.reason: "\(reason)", LogKey.count: "\(batch.count)"])
        // A number whose earlier copy may be running stays on its row, and is published again later.
        let batch = book.withLock { book in batch.filter { !book.forgetCopy($0.number) } }
        let numbers = batch.map(\.number)
        guard !numbers.isEmpty else { return }
        do throws(RecordError) {
            try await tasks.notTaken(numbers, reason: reason, dueAt: time.wall() + settings.notTakenPause)
            ledger.left(batch.reduce(into: [:]) { $0[$1.lane, default: 0] += 1 })
        } catch {
            log.warning("not taken tasks stay queued and are published again", metadata: [LogKey.error: "\(error)"])
        }
        book.withLock { book in
            for number in numbers { book.forget(number) }
        }
    }
}
