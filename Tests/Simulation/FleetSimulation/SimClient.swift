import Domain
import MemoryAdapters

/// Whoever asks for tasks: it repeats every request, with the same id, until it was answered.
final class SimClient: SimProcess {
    func ask(for job: Story.Job) {
        after(job.at) { [weak self] in self?.ask(for: job, tries: 0) }
    }

    func askAgain(for job: Story.Job) {
        after(.seconds(1)) { [weak self] in self?.ask(for: job, tries: 1) }
    }

    private func ask(for job: Story.Job, tries: Int) {
        guard !world.journal.accepted.contains(job.id), tries < 400 else { return }
        after(.seconds(2)) { [weak self] in self?.ask(for: job, tries: tries + 1) }
        switch job.way {
        case .amqp:
            let draft = IntakeDraft(
                draft: TaskDraft(kind: "noop", id: job.id),
                lanePriority: job.priority,
                body: Array(job.id.description.utf8),
                contentType: nil,
                queue: QueueName.intake(job.priority)
            )
            publish(.draft(.success(draft)), to: QueueName.intake(job.priority)) { [weak self] answer in
                if answer == .confirmed { self?.world.accepted(job) }
            }
        case .http:
            let orchestrator = world.orchestrators[(job.id.low.hashableInt + tries) % world.orchestrators.count]
            world.schedule(after: .milliseconds(1) + upTo(.milliseconds(5))) { [weak orchestrator] in
                guard let orchestrator, orchestrator.isAlive else { return }
                orchestrator.receive { [weak self, weak orchestrator] in
                    orchestrator?.submit(job, isAgain: tries > 0) { [weak self] in
                        guard let self else { return }
                        // The answer may be lost on its way.
                        if !happens(oneIn: 20) { world.accepted(job) }
                    }
                }
            }
        }
    }
}

extension UInt64 {
    /// Small enough to count on with.
    fileprivate var hashableInt: Int { Int(self % 1024) }
}
