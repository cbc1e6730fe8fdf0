package import Domain

extension ControlDesk {
    /// Orders a worker; a drain that has begun is not cut short by being asked for again.
    package func order(_ order: WorkerOrder, _ worker: WorkerID) async throws(RecordError) -> WorkerOrderAnswer {
        guard let known = try await workers().first(where: { $0.registration.id == worker }) else { return .unknown }
        if order == .drain, known.status == .draining { return .told }
        for next in order.orders {
            switch await parts.broker.order(next, to: .worker(worker)) {
            case .confirmed: continue
            case .returned: return .gone(reason: "worker \(worker) listens no more; it was last heard of at \(known.lastSeenAt)")
            case .refused: return .unsent(reason: "the broker refused the order")
            case .unconfirmed(let reason): return .unsent(reason: "the broker did not confirm the order: \(reason)")
            }
        }
        return .told
    }
}
