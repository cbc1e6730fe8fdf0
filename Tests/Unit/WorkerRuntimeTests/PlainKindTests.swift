import Domain
import Operations
import Synchronization
import Testing

@Suite("The kinds noop and fail", .timeLimit(.minutes(1)))
struct PlainKindTests {
    @Test("noop sleeps as long as it is asked to, and not at all when it is not")
    func noop() async {
        let sleeper = Sleeper()

        #expect(await run(Noop(), Bench.delivery(1, "noop", ["sleepMs": 250]), sleeper) == .success(Yield()))
        #expect(await run(Noop(), Bench.delivery(1, "noop"), sleeper) == .success(Yield()))
        #expect(await run(Noop(), Bench.delivery(1, "noop", ["sleepMs": 0]), sleeper) == .success(Yield()))

        #expect(sleeper.slept == [.milliseconds(250)])
    }

    @Test("a noop that is cut off says that it was stopped")
    func cutOff() async {
        let result = await run(Noop(), Bench.delivery(1, "noop", ["sleepMs": 1]), Sleeper(isCutOff: true))

        #expect(result == .failure(TaskFault("stopped", "the sleep was cut off", retryable: true)))
    }

    @Test("fail fails retryably up to its times, then succeeds", arguments: 1...4)
    func times(attempt: Int) async {
        let result = await run(Fail(), Bench.delivery(1, "fail", ["times": 2, "message": "as told"], attempt: attempt))

        #expect(
            result
                == (attempt <= 2 ? .failure(TaskFault("asked", "as told", retryable: true)) : .success(Yield(result: ["failedBefore": 2])))
        )
    }

    @Test("fail without times always fails, and for good when it is asked to")
    func always() async {
        let retryable = await run(Fail(), Bench.delivery(1, "fail", attempt: 99))
        let final = await run(Fail(), Bench.delivery(1, "fail", ["final": true, "times": 0]))

        #expect(retryable == .failure(TaskFault("asked", "it was asked to fail", retryable: true)))
        #expect(final == .failure(TaskFault("asked", "it was asked to fail", retryable: false)))
    }

    private func run(_ operation: some Operation, _ delivery: WorkDelivery, _ sleeper: Sleeper = Sleeper()) async -> Result<
        Yield, TaskFault
    > {
        let context = RunContext(
            permission: SendPermission(number: nil, refusal: { _ in nil }, progress: { _ in }),
            quietGap: .zero,
            time: TimeSource(wall: { Timestamp(microseconds: 0) }),
            sleep: sleeper.sleep
        )
        do throws(TaskFault) {
            return .success(try await operation.run(delivery.task, in: context))
        } catch {
            return .failure(error)
        }
    }
}

/// Sleeps in no time and remembers for how long.
private final class Sleeper: Sendable {
    private let spans = Mutex<[Duration]>([])
    private let isCutOff: Bool

    init(isCutOff: Bool = false) {
        self.isCutOff = isCutOff
    }

    var slept: [Duration] { spans.withLock { $0 } }

    @Sendable
    func sleep(_ span: Duration) async throws(CancellationError) {
        spans.withLock { $0.append(span) }
        if isCutOff { throw CancellationError() }
    }
}
