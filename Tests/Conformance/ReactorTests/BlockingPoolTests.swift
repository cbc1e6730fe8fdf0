import Reactor
import Testing

@Suite("The blocking pool", .timeLimit(.minutes(1)))
struct BlockingPoolTests {
    private struct Refused: Error, Equatable {}

    @Test("values and errors come back to the caller")
    func results() async throws {
        let pool = BlockingPool(name: "test-pool")

        #expect(try await pool.run { 6 * 7 } == 42)
        await #expect(throws: Refused()) { try await pool.run { throw Refused() } }
        pool.stop()
    }

    @Test("jobs beyond the queue are refused, and the depth tells how many wait")
    func bounded() async throws {
        let pool = BlockingPool(name: "test-pool", threads: 2, queueMax: 1)
        let gate = Gate()
        let running = Counter()
        var blocked: [Task<Void, any Error>] = []
        for number in 1...2 {
            blocked.append(
                Task {
                    try await pool.run {
                        running.increment()
                        gate.wait()
                    }
                }
            )
            while running.value < number {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
        let queued = Task { try await pool.run { 1 } }
        while pool.depth < 1 {
            try Task.checkCancellation()
            await Task.yield()
        }

        await #expect(throws: ReactorError.queueFull(max: 1)) { try await pool.run { 2 } }

        gate.open()
        gate.open()
        for task in blocked { try await task.value }
        #expect(try await queued.value == 1)
        pool.stop()
        await #expect(throws: ReactorError.stopped) { try await pool.run { 3 } }
    }

    @Test("names resolve, and a name that cannot exist says so")
    func resolve() async throws {
        #expect(try resolveAddresses(of: "127.0.0.1") == ["127.0.0.1"])
        #expect(try resolveAddresses(of: "localhost").contains("127.0.0.1"))
        #expect(throws: ReactorError.self) { try resolveAddresses(of: "no such host") }
    }
}
