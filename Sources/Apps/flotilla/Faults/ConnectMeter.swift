import FaultProxy
import Synchronization

/// Counts how many connections are tried through many proxies, over time.
final class ConnectMeter: Sendable {
    private struct State {
        var samples: [(at: ContinuousClock.Instant, count: Int)]
        var mark: Int?
    }

    private let proxies: [TCPProxy]
    private let state: Mutex<State>

    init(_ proxies: [TCPProxy]) {
        self.proxies = proxies
        state = Mutex(State(samples: [(.now, Self.count(proxies))]))
    }

    func sample() {
        let count = Self.count(proxies)
        state.withLock { $0.samples.append((.now, count)) }
    }

    /// From now on another span of time is counted.
    func mark() {
        let count = Self.count(proxies)
        state.withLock { state in
            state.mark = state.samples.count
            state.samples.append((.now, count))
        }
    }

    /// Connections before the mark, and the most within a second.
    var before: (total: Int, perSecond: Int) {
        state.withLock { Self.rates($0.samples[...($0.mark ?? $0.samples.count - 1)]) }
    }

    /// The same from the mark on.
    var since: (total: Int, perSecond: Int) {
        state.withLock { Self.rates($0.samples[($0.mark ?? 0)...]) }
    }

    private static func count(_ proxies: [TCPProxy]) -> Int { proxies.reduce(0) { $0 + $1.counts.accepted } }

    private static func rates(_ samples: ArraySlice<(at: ContinuousClock.Instant, count: Int)>) -> (total: Int, perSecond: Int) {
        var first = samples.startIndex
        var most = 0
        for last in samples.indices {
            while samples[last].at - samples[first].at > .seconds(1) { first += 1 }
            most = max(most, samples[last].count - samples[first].count)
        }
        return ((samples.last?.count ?? 0) - (samples.first?.count ?? 0), most)
    }
}

/// Does something again and again beside something else.
struct Sampling: Sendable {
    let every: Duration
    let sample: @Sendable () async -> Void

    init(every: Duration, _ sample: @escaping @Sendable () async -> Void) {
        self.every = every
        self.sample = sample
    }

    /// Samples until `body` returns.
    func during(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    await sample()
                    try? await Task.sleep(for: every)
                }
                return false
            }
            group.addTask {
                try await body()
                return true
            }
            while try await group.next() == false {}
            group.cancelAll()
        }
    }
}
