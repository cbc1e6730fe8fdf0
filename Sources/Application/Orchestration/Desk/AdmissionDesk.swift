package import Domain
package import Logging
import ServiceLifecycle

/// Where drafts become tasks.
///
/// Concurrent callers share a transaction: a batch is what arrived while the one before was being committed.
package final class AdmissionDesk: Service {
    package struct Settings: Hashable, Sendable {
        /// Drafts of several callers in one transaction, 1…4096.
        ///
        /// One caller's drafts always share one.
        package var batchMax = 256
        /// Their payloads together, in bytes, 1 KiB…16 MiB.
        package var batchBytesMax = 512 * 1024
        /// Submissions that wait for a transaction, 1…1,000,000.
        package var pendingMax = 10_000
        /// Due tasks that may wait before new ones are put off, 1…100,000,000.
        package var waitingMax = 100_000
        /// When a caller that was put off should come back, 1 s…1 h.
        package var retryAfter: Duration = .seconds(5)
        /// Repetitions of a commit whose fate is unknown, 0…100.
        package var commitRetriesMax = 10

        package init() {}

        package func validated() throws(SettingFault) -> Settings {
            try SettingFault.check("admission.batchMax", batchMax, in: 1...4096)
            try SettingFault.check("admission.batchBytesMax", batchBytesMax, in: 1024...16_777_216)
            try SettingFault.check("admission.pendingMax", pendingMax, in: 1...1_000_000)
            try SettingFault.check("admission.waitingMax", waitingMax, in: 1...100_000_000)
            try SettingFault.check("admission.retryAfter", retryAfter, in: .seconds(1) ... .seconds(3600))
            try SettingFault.check("admission.commitRetriesMax", commitRetriesMax, in: 0...100)
            return self
        }
    }

    private let writer: AdmissionWriter
    private let ledger: LaneLedger
    private let settings: Settings
    private let mailbox = Mailbox<Submission>()

    package init(
        tasks: any TaskRecord,
        devices: any DeviceRecord,
        admission: Admission,
        ledger: LaneLedger,
        dispatcher: Dispatcher,
        counters: CounterBook,
        settings: Settings,
        time: TimeSource,
        log: Logger
    ) {
        writer = AdmissionWriter(
            tasks: tasks,
            devices: devices,
            admission: admission,
            ledger: ledger,
            dispatcher: dispatcher,
            counters: counters,
            commitRetriesMax: settings.commitRetriesMax,
            time: time,
            log: log
        )
        self.ledger = ledger
        self.settings = settings
    }

    /// Checks the drafts and writes the good ones in one transaction.
    /// - Returns: one answer per draft, in order, after the commit.
    package func submit(
        _ drafts: [TaskDraft],
        source: TaskSource,
        lanePriority: Priority? = nil
    ) async throws(SubmitError) -> [Result<Receipt, Admission.Fault>] {
        guard !drafts.isEmpty else { return [] }
        guard ledger.waiting < settings.waitingMax else { throw .full(retryAfter: settings.retryAfter) }
        let answer: Submission.Answer = await withCheckedContinuation { caller in
            let submission = Submission(drafts: drafts, source: source, lanePriority: lanePriority, caller: caller)
            switch mailbox.offer(submission, bound: settings.pendingMax) {
            case .taken: break
            case .full: caller.resume(returning: .failure(.full(retryAfter: settings.retryAfter)))
            case .closed: caller.resume(returning: .failure(.stopping))
            }
        }
        return try answer.get()
    }

    /// Writes until a graceful shutdown; everyone who was let in gets an answer.
    package func run() async throws {
        let bytesPerDraft = max(1, settings.batchBytesMax / settings.batchMax)
        await withGracefulShutdownHandler {
            // A submission weighs as many drafts as it has, or as its bytes are worth.
            while let batch = await mailbox.take(
                upTo: settings.batchMax,
                weighing: { max($0.drafts.count, $0.bytes / bytesPerDraft) }
            ) {
                await writer.write(batch)
            }
        } onGracefulShutdown: { [mailbox] in
            mailbox.close()
        }
        mailbox.close()
    }
}
