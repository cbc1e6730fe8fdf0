import Domain
import Orchestration

/// What metrics tell of record, broker and servers; asked at most once a second, however many look.
actor FleetGauge {
    struct Reading: Sendable {
        var overview: Overview?
        /// Empty while the broker does not tell.
        var depths: [QueueDepth] = []
        var health = Health(answers: [])
    }

    private static let freshFor = Duration.seconds(1)
    /// A server that hangs leaves a gap in the figures, it does not stop them.
    private static let patience = Duration.seconds(2)

    private let desk: ControlDesk
    private var last: (at: Instant, reading: Reading)?
    private var isAsking = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    init(desk: ControlDesk) {
        self.desk = desk
    }

    func read() async -> Reading {
        if let last, Instant.now - last.at < Self.freshFor { return last.reading }
        guard !isAsking else {
            await withCheckedContinuation { waiters.append($0) }
            return last?.reading ?? Reading()
        }
        isAsking = true
        let reading = await ask()
        last = (.now, reading)
        isAsking = false
        for waiter in waiters { waiter.resume() }
        waiters = []
        return reading
    }

    private func ask() async -> Reading {
        let desk = desk
        async let overview = Self.within(Self.patience) { try? await desk.overview() }
        async let depths = Self.within(Self.patience) { await desk.depths() }
        async let health = desk.health()
        return Reading(overview: await overview, depths: await depths ?? [], health: await health)
    }

    private static func within<Value: Sendable>(_ limit: Duration, _ ask: @escaping @Sendable () async -> Value?) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await ask() }
            group.addTask {
                // A cancelled sleep ends the race, too.
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
