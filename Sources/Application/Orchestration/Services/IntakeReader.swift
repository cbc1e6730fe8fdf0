package import Domain
package import Logging
import ServiceLifecycle

/// Admits drafts that arrive over AMQP.
///
/// A message is acknowledged once it is a task, a duplicate or a letter.
package struct IntakeReader: Service {
    /// Messages admitted together at most.
    private static let batchMax = 256

    private let desk: AdmissionDesk
    private let letters: any LetterRecord
    private let feed: any Feed<IntakeDraft>
    private let counters: CounterBook
    private let time: TimeSource
    private let patience: Patience
    private let log: Logger

    package init(
        desk: AdmissionDesk,
        letters: any LetterRecord,
        feed: any Feed<IntakeDraft>,
        counters: CounterBook,
        time: TimeSource,
        log: Logger
    ) {
        self.desk = desk
        self.letters = letters
        self.feed = feed
        self.counters = counters
        self.time = time
        patience = Patience(pause: .milliseconds(200) ... .seconds(5), log: log)
        self.log = log
    }

    /// Runs until a graceful shutdown; what was delivered by then is still admitted.
    package func run() async throws {
        await FeedPump(feed: feed).run(upTo: Self.batchMax) { batch in await admit(batch) }
    }

    /// A draft with the message it came in.
    private struct Arrival: Sendable {
        let handle: DeliveryHandle
        let intake: IntakeDraft
        let draft: TaskDraft

        /// The same after a try that may have been written.
        var tried: Arrival {
            var draft = draft
            draft.isIDFresh = false
            return Arrival(handle: handle, intake: intake, draft: draft)
        }
    }

    private func admit(_ batch: [Inbound<IntakeDraft>]) async {
        let now = time.wall()
        var chance = SystemRandomNumberGenerator()
        var unreadable: [(DeliveryHandle, UnreadableMessage)] = []
        var arrivals: [Priority?: [Arrival]] = [:]
        for message in batch {
            switch message.content {
            case .failure(let reason): unreadable.append((message.handle, reason))
            case .success(let intake):
                // With an id of its own a draft can be submitted again without becoming two tasks.
                var draft = intake.draft
                if draft.id == nil {
                    draft.id = TaskID(at: now, using: &chance)
                    draft.isIDFresh = true
                }
                arrivals[intake.lanePriority, default: []].append(Arrival(handle: message.handle, intake: intake, draft: draft))
            }
        }
        let badTraces = batch.count { (try? $0.content.get())?.hasBadTrace ?? false }
        if badTraces > 0 { counters.count { $0.badTraces += badTraces } }
        await archive(unreadable)
        await withTaskGroup(of: Void.self) { group in
            for (priority, arrivals) in arrivals {
                group.addTask { await submit(arrivals, priority) }
            }
        }
    }

    private func submit(_ arrivals: [Arrival], _ priority: Priority?) async {
        var arrivals = arrivals
        var pause = patience.pause.lowerBound
        while !Task.isCancelled {
            do throws(SubmitError) {
                let answers = try await desk.submit(arrivals.map(\.draft), source: .amqp, lanePriority: priority)
                await settle(arrivals, answers)
                return
            } catch {
                switch error {
                case .full(let retryAfter):
                    log.notice("too many tasks wait, the intake pauses")
                    try? await Task.sleep(for: retryAfter)
                case .record(let error) where error.mayPass:
                    log.warning("PostgreSQL is away, the intake waits", metadata: [LogKey.error: "\(error)"])
                    // The commit may have held after all.
                    arrivals = arrivals.map(\.tried)
                    try? await Task.sleep(for: pause)
                    pause = min(pause * 2, patience.pause.upperBound)
                case .record(let error):
                    await submitSingly(arrivals, priority, after: error)
                    return
                case .stopping:
                    // Unacknowledged: the broker gives the messages again.
                    return
                }
            }
        }
    }

    /// One of several drafts is refused by the database: each is tried alone, and what still fails goes to the archive.
    private func submitSingly(_ arrivals: [Arrival], _ priority: Priority?, after error: RecordError) async {
        guard arrivals.count > 1 else {
            log.error("a draft cannot be admitted", metadata: [LogKey.error: "\(error)"])
            await archive(arrivals.map { ($0.handle, $0.intake.unreadable(.invalidDraft, "the database refuses it: \(error)")) })
            return
        }
        for arrival in arrivals { await submit([arrival], priority) }
    }

    private func settle(_ arrivals: [Arrival], _ answers: [Result<Receipt, Admission.Fault>]) async {
        var refused: [(DeliveryHandle, UnreadableMessage)] = []
        var admitted: [DeliveryHandle] = []
        for (arrival, answer) in zip(arrivals, answers) {
            switch answer {
            case .success: admitted.append(arrival.handle)
            case .failure(let fault): refused.append((arrival.handle, arrival.intake.unreadable(fault.letterReason, fault.text)))
            }
        }
        feed.settle(admitted, .acknowledge)
        await archive(refused)
    }

    private func archive(_ messages: [(DeliveryHandle, UnreadableMessage)]) async {
        guard !messages.isEmpty else { return }
        do throws(RecordError) {
            _ = try await patience.untilWritten("archive drafts") { () async throws(RecordError) in
                try await letters.archive(messages.map(\.1), now: time.wall())
            }
            feed.settle(messages.map(\.0), .acknowledge)
        } catch {
            // Unacknowledged: the broker gives the messages again.
            log.error("drafts could not be archived", metadata: [LogKey.error: "\(error)", LogKey.count: "\(messages.count)"])
        }
    }
}

extension IntakeDraft {
    fileprivate func unreadable(_ reason: LetterReason, _ explanation: String) -> UnreadableMessage {
        UnreadableMessage(body: body, contentType: contentType, reason: reason, explanation: explanation, queue: queue)
    }
}
