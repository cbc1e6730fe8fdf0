import Domain
import LeaseAdapter
import TestSupport

/// From when to when each holder could rely on its lease.
actor HoldingBook {
    struct Holding: Hashable, Sendable {
        let number: Int64
        /// When its grant was known.
        let from: Instant
        /// The last moment at which it might have sent something.
        let to: Instant
    }

    private(set) var holdings: [Holding] = []
    private(set) var grants = 0
    private(set) var isClosed = false
    private var lastNumber: Int64 = 0

    func draw() -> DispatchNumber {
        lastNumber += 1
        return DispatchNumber(lastNumber)
    }

    func granted() { grants += 1 }
    func note(_ holding: Holding) { holdings.append(holding) }
    func close() { isClosed = true }

    /// Pairs of holdings of which the later begins before the earlier has ended.
    var overlaps: [[Holding]] {
        let sorted = holdings.sorted { $0.from < $1.from }
        return zip(sorted, sorted.dropFirst()).filter { $0.to > $1.from }.map { [$0, $1] }
    }

    /// Waits for the next grant; how many there were then.
    nonisolated func next() async throws -> Int {
        let before = await grants
        try await eventually("a number is granted", within: .seconds(30)) { await self.grants > before }
        return await grants
    }
}

/// A run that takes the key again and again, holds it for longer than a span and renews it, as a worker does.
struct Contender: Sendable {
    let store: RedisLeaseStore
    let key: ExclusionKey
    let span: Duration
    let book: HoldingBook

    func run() async throws {
        while await !book.isClosed {
            let number = await book.draw()
            let run = RunToken(UInt64(number.value))
            let sentAt = ContinuousClock.now
            if case .granted? = try? await store.take(key, number, run: run, holder: "contender", span: span) {
                let from = ContinuousClock.now
                // An answer that came after the end is none.
                guard from < sentAt + span else { continue }
                await book.granted()
                let to = try await hold(number, run, until: sentAt + span)
                await book.note(HoldingBook.Holding(number: number.value, from: from, to: to))
            } else {
                try await wait(until: .now + .milliseconds(30))
            }
        }
    }

    /// - Returns: the last moment at which the lease could be relied on.
    private func hold(_ number: DispatchNumber, _ run: RunToken, until firstEnd: Instant) async throws -> Instant {
        var end = firstEnd
        let goal = ContinuousClock.now + span * 5 / 4
        while true {
            try await wait(until: min(goal, .now + span / 4, end))
            let now = ContinuousClock.now
            if now >= end { return end }
            if now >= goal {
                _ = try? await store.release(key, number, run: run, clean: true)
                return now
            }
            switch try? await store.renew(key, number, run: run, span: span) {
            case .renewed?:
                guard ContinuousClock.now < end else { return end }
                end = now + span
            case .lost?: return min(end, .now)
            case nil: break
            }
        }
    }

    private func wait(until time: Instant) async throws {
        try await eventually("its time", within: .seconds(60), poll: .milliseconds(3)) { ContinuousClock.now >= time }
    }
}
