package import Domain

extension ControlDesk {
    /// Cancels tasks: what waits at once, what may run once its run has stopped (≤ 3 s) or its number is void.
    package func cancel(_ ids: [TaskID], reason: String) async throws(RecordError) -> [TaskID: EndingAnswer] {
        let report = try await parts.steering.end(ids, as: Ending(.cancelled, reason: reason), now: parts.time.wall())
        await follow(report)
        return report.answers
    }

    /// What follows once tasks were ended: counters, room in the lanes, orders to workers.
    package func follow(_ report: EndingReport) async {
        effects.follow(report.summary)
        // Best effort: a worker that does not hear it meets the void number, or its outcome is stale.
        if !report.orders.isEmpty { _ = await parts.broker.order(.cancel(report.orders), to: .all) }
    }

    /// Tasks were written that are due: the dispatcher looks at once.
    package func somethingIsDue() { dispatcher.notify() }

    /// Gives a task another priority.
    ///
    /// - Throws: `.lease` when the lease store does not answer: a number with a key can only be left when it is void.
    package func reprioritize(_ id: TaskID, to priority: Priority) async throws(SteeringError) -> MoveAnswer {
        var voided: DispatchNumber?
        // The number may change between two looks; a third look decides.
        for _ in 0..<3 {
            let answer = try await move(id, priority, voided)
            guard case .voidFirst(let number, let key) = answer else {
                await follow(answer)
                return answer
            }
            guard try await void(key, number) else { return .running }
            voided = number
        }
        return .running
    }

    private func move(_ id: TaskID, _ priority: Priority, _ voided: DispatchNumber?) async throws(SteeringError) -> MoveAnswer {
        do throws(RecordError) {
            return try await parts.steering.reprioritize(id, to: priority, voided: voided, now: parts.time.wall())
        } catch {
            throw .record(error)
        }
    }

    /// - Returns: whether the number will never be granted, and never was.
    private func void(_ key: ExclusionKey, _ number: DispatchNumber) async throws(SteeringError) -> Bool {
        do throws(LeaseStoreError) {
            switch try await parts.leases.void(key, number) {
            case .void(wasGranted: false): return true
            case .void(wasGranted: true), .held: return false
            }
        } catch {
            throw .lease(error)
        }
    }

    private func follow(_ answer: MoveAnswer) async {
        guard case .moved(let left, let lane) = answer else { return }
        var summary = RecordSummary()
        summary.due = 1
        if let lane { summary.left[lane] = 1 }
        effects.follow(summary)
        if let left { _ = await parts.broker.order(.cancel([left]), to: .all) }
    }
}

/// Why a task could not be steered.
package enum SteeringError: Error, Hashable, Sendable {
    case record(RecordError)
    case lease(LeaseStoreError)
}
