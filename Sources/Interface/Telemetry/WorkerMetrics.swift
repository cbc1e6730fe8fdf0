package import Domain

extension MetricsText {
    /// The families of `Metric.worker`; `leaseTrouble` says why the lease store does not answer.
    package mutating func add(_ figures: WorkerFigures, leaseTrouble: String?) {
        let classes = figures.slots.keys.sorted { $0.word < $1.word }
        add(.workerSlots, samples: classes.map { ([$0.word], Double(figures.slots[$0] ?? 0)) })
        add(.workerSlotsUsed, samples: classes.map { ([$0.word], Double(figures.slotsUsed[$0] ?? 0)) })
        add(.workerWaiting, figures.waiting)
        add(.workerInHand, figures.inHand)
        let lanes = figures.prefetch.map { ([$0.key.description], Double($0.value)) }.sorted { $0.0[0] < $1.0[0] }
        add(.workerPrefetch, samples: lanes.map { (labels: $0.0, value: $0.1) })
        let outcomes = figures.counts.outcomes.sorted { $0.key < $1.key }
        add(.workerOutcomes, samples: outcomes.map { ([$0.key], Double($0.value)) })
        add(.workerReconnects, max(0, figures.counts.connections - 1))
        add(
            .workerRenewalsFailed,
            samples: [(["lost"], Double(figures.counts.renewalsLost)), (["unanswered"], Double(figures.counts.renewalsUnanswered))]
        )
        add(.workerUp, samples: [(["broker"], figures.isConnected ? 1 : 0), (["lease_store"], leaseTrouble == nil ? 1 : 0)])
        add(.workerStopping, figures.isStopping ? 1 : 0)
    }
}

extension Metric {
    static let workerSlots = Metric("flotilla_worker_slots", .gauge, "Runs that the worker takes at a time.", labels: ["class"])
    static let workerSlotsUsed = Metric("flotilla_worker_slots_used", .gauge, "Runs of the worker now.", labels: ["class"])
    static let workerWaiting = Metric("flotilla_worker_waiting", .gauge, "Deliveries that have not started.")
    static let workerInHand = Metric("flotilla_worker_in_hand", .gauge, "Deliveries that are not settled.")
    static let workerPrefetch = Metric("flotilla_worker_prefetch", .gauge, "Deliveries asked for ahead.", labels: ["lane"])
    static let workerOutcomes = Metric(
        "flotilla_worker_outcomes_total",
        .counter,
        "Outcomes that the worker reported; started is none, but told in the same way.",
        labels: ["outcome"]
    )
    static let workerReconnects = Metric("flotilla_worker_reconnects_total", .counter, "Connections to the broker after the first one.")
    static let workerRenewalsFailed = Metric(
        "flotilla_worker_lease_renewals_failed_total",
        .counter,
        "Renewals of leases that were answered with lost, or not at all.",
        labels: ["reason"]
    )
    static let workerUp = Metric(
        "flotilla_worker_dependency_up",
        .gauge,
        "1 while the server answers the worker.",
        labels: ["dependency"]
    )
    static let workerStopping = Metric("flotilla_worker_stopping", .gauge, "1 from the signal to stop on.")

    /// What a worker tells besides `process`.
    package static let worker = [
        workerSlots, workerSlotsUsed, workerWaiting, workerInHand, workerPrefetch, workerOutcomes, workerReconnects,
        workerRenewalsFailed, workerUp, workerStopping,
    ]
}
