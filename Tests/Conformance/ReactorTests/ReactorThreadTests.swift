import CLinuxIO
import Reactor
import Synchronization
import Testing

/// An actor pinned on a reactor thread, as the drivers have them.
private actor Pinned {
    nonisolated let reactor: ReactorThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }
    private var ticks: [Int] = []
    private var calls = 0
    private var tokens: [WatchToken] = []
    private var hook: TurnToken?

    init(reactor: ReactorThread) {
        self.reactor = reactor
    }

    func isOnThread() -> Bool { reactor.isCurrent }

    func stackBytes() -> Int {
        flotilla_thread_stack_bytes()
    }

    func schedule(_ delays: [Int]) async -> [Int] {
        await withCheckedContinuation { continuation in
            for delay in delays {
                _ = reactor.schedule(after: .milliseconds(delay)) {
                    self.ticks.append(delay)
                    if self.ticks.count == delays.count { continuation.resume(returning: self.ticks) }
                }
            }
        }
    }

    func firstReadiness(of descriptor: Int32) async throws -> Readiness {
        var token: WatchToken?
        let readiness = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Readiness, any Error>) in
            do {
                token = try reactor.watch(descriptor, for: .readable) { readiness in
                    continuation.resume(returning: readiness)
                    if let token { self.reactor.unwatch(token) }
                    token = nil
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
        return readiness
    }

    func callsUntilQuiet(of descriptors: [Int32]) async throws -> Int {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            do {
                for descriptor in descriptors {
                    tokens.append(
                        try reactor.watch(descriptor, for: .writable) { _ in
                            self.calls += 1
                            for token in self.tokens { self.reactor.unwatch(token) }
                            _ = self.reactor.schedule(after: .milliseconds(20)) { continuation.resume() }
                        }
                    )
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
        return calls
    }

    func firesAfterCancel() async -> Bool {
        var fired = false
        let token = reactor.schedule(after: .milliseconds(1)) { fired = true }
        reactor.cancel(token)
        _ = await schedule([10])
        return fired
    }

    func turnsSeenByHook(until count: Int) async -> Int {
        await withCheckedContinuation { continuation in
            hook = reactor.everyTurn {
                self.calls += 1
                self.reactor.post {}
                guard self.calls == count, let hook = self.hook else { return }
                self.reactor.remove(hook)
                continuation.resume()
            }
        }
        _ = await schedule([5])
        return calls
    }

    func work(for span: Duration) {
        let end = ContinuousClock.now + span
        while ContinuousClock.now < end {}
    }
}

@Suite("The reactor thread", .timeLimit(.minutes(1)))
struct ReactorThreadTests {
    @Test("an actor pinned on the thread runs there, and others do not")
    func pinning() async {
        await withReactor(name: "test-pin") { reactor in
            let pinned = Pinned(reactor: reactor)

            #expect(await pinned.isOnThread())
            #expect(!reactor.isCurrent)
        }
    }

    @Test("a thread has the stack it was asked for, not the one of `ulimit -s`", arguments: [1 << 20, 32 << 20])
    func stack(bytes: Int) async {
        let reactor = ReactorThread(name: "test-stack", stackBytes: bytes)
        defer { reactor.stop() }

        #expect(await Pinned(reactor: reactor).stackBytes() == bytes)
    }

    @Test("timers fire in the order of their deadlines")
    func timers() async {
        await withReactor(name: "test-timer") { reactor in
            let order = await Pinned(reactor: reactor).schedule([30, 10, 20, 1])

            #expect(order == [1, 10, 20, 30])
        }
    }

    @Test("a hang-up of the other side is reported as readable and writable")
    func hangUp() async throws {
        try await withReactor(name: "test-watch") { reactor in
            var first: Int32 = -1
            var second: Int32 = -1
            #expect(flotilla_socket_pair(&first, &second) == 0)
            flotilla_close(second)

            let readiness = try await Pinned(reactor: reactor).firstReadiness(of: first)

            #expect(readiness == Readiness(readable: true, writable: true))
            flotilla_close(first)
        }
    }

    @Test("ten thousand posts from many tasks all run before the thread stops")
    func posts() async {
        let counter = Counter()
        await withReactor(name: "test-post") { reactor in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        for _ in 0..<1000 { reactor.post { counter.increment() } }
                    }
                }
            }
        }

        #expect(counter.value == 10_000)
    }

    @Test("a watch that ended in the same batch of events is not called any more")
    func staleEvent() async throws {
        try await withReactor(name: "test-stale") { reactor in
            var first: Int32 = -1
            var second: Int32 = -1
            #expect(flotilla_socket_pair(&first, &second) == 0)

            // Both ends are writable at once; whoever is called first ends the other.
            let calls = try await Pinned(reactor: reactor).callsUntilQuiet(of: [first, second])

            #expect(calls == 1)
            flotilla_close(first)
            flotilla_close(second)
        }
    }

    @Test("a cancelled timer does not fire")
    func cancelledTimer() async {
        await withReactor(name: "test-cancel") { reactor in
            #expect(await Pinned(reactor: reactor).firesAfterCancel() == false)
        }
    }

    @Test("hooks run in every turn until they are removed")
    func hooks() async {
        await withReactor(name: "test-hook") { reactor in
            #expect(await Pinned(reactor: reactor).turnsSeenByHook(until: 3) == 3)
        }
    }

    @Test("sockets are served while jobs keep coming")
    func fairness() async throws {
        try await withReactor(name: "test-fair") { reactor in
            var first: Int32 = -1
            var second: Int32 = -1
            #expect(flotilla_socket_pair(&first, &second) == 0)
            let flood = Flood(reactor: reactor)
            flood.start()

            flotilla_close(second)
            let readiness = try await Pinned(reactor: reactor).firstReadiness(of: first)

            flood.stop()
            #expect(readiness.readable)
            flotilla_close(first)
        }
    }

    @Test("stopping twice is stopping once, also from the thread itself")
    func stopping() {
        let reactor = ReactorThread(name: "test-stop")
        reactor.stop()
        reactor.stop()
        let other = ReactorThread(name: "test-stop-own")
        other.post { other.stop() }
        other.stop()
    }

    @Test("the longest turn is measured and can be reset")
    func longestTurn() async {
        await withReactor(name: "test-turn") { reactor in
            let pinned = Pinned(reactor: reactor)
            await pinned.work(for: .milliseconds(20))
            _ = await pinned.schedule([1])

            #expect(reactor.longestTurn >= .milliseconds(20))
            reactor.resetLongestTurn()
            #expect(reactor.longestTurn < .milliseconds(20))
        }
    }
}

/// Posts to a thread from the thread itself, without end until it is stopped.
private final class Flood: Sendable {
    private let reactor: ReactorThread
    private let isRunning = Mutex(true)

    init(reactor: ReactorThread) { self.reactor = reactor }

    func start() {
        for _ in 0..<1000 { again() }
    }

    func stop() {
        isRunning.withLock { $0 = false }
    }

    private func again() {
        reactor.post { [self] in
            if isRunning.withLock({ $0 }) { again() }
        }
    }
}
