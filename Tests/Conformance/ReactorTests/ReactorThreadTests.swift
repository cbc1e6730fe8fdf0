import CLinuxIO
import Reactor
import Testing

/// An actor pinned on a reactor thread, as the drivers have them.
private actor Pinned {
    nonisolated let reactor: ReactorThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }
    private var ticks: [Int] = []

    init(reactor: ReactorThread) {
        self.reactor = reactor
    }

    func isOnThread() -> Bool { reactor.isCurrent }

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
}
