import Domain

/// What people may order a worker to do.
package enum WorkerOrder: String, CaseIterable, Hashable, Sendable {
    /// Finish what runs, take nothing new, end.
    case drain
    /// Take nothing new until `resume`.
    case quiet
    case resume
    /// Drain, and cut off at once what runs: it runs again elsewhere, uncharged.
    case stop

    /// What is sent, one after the other: a second `drain` cuts the first one short.
    var orders: [ControlOrder] {
        switch self {
        case .drain: [.drain]
        case .quiet: [.quiet]
        case .resume: [.resume]
        case .stop: [.drain, .drain]
        }
    }
}

/// What became of an order.
package enum WorkerOrderAnswer: Hashable, Sendable {
    /// The worker's queue has it; it follows within its next turn.
    case told
    /// No worker of that name has registered within a day.
    case unknown
    /// It registered, but listens no more.
    case gone(reason: String)
    /// The broker did not take the order.
    case unsent(reason: String)
}
