import Glibc
import Synchronization

/// Does on purpose what a sanitizer must report, and what it must not; `make tsan` and `make asan` look at the exit status.
///
/// Called with one of the words `mutex`, `race`, `overflow`, `leak`.
@main
struct SanitizerCheck {
    static func main() {
        switch CommandLine.arguments.dropFirst().first {
        case "mutex": countBehindMutex()
        case "race": countWithoutMutex()
        case "overflow": readBehindTheEnd()
        case "leak": loseMemory()
        default:
            exit(64)
        }
    }

    private static let rounds = 20_000
    /// Without it the first thread may be done before the second begins, and the sanitizer has forgotten it.
    private static let turns = Turns()

    /// Right: two threads that meet in a mutex all the time.
    private static func countBehindMutex() {
        let counter = Counter()
        onTwoThreads(Unmanaged.passUnretained(counter).toOpaque()) { context in
            guard let context else { return nil }
            let counter = Unmanaged<Counter>.fromOpaque(context).takeUnretainedValue()
            SanitizerCheck.turns.meet()
            for round in 0..<SanitizerCheck.rounds {
                counter.value.withLock { value in
                    value += 1
                    // So that the other one finds the mutex taken.
                    if round.isMultiple(of: 100) { sched_yield() }
                }
            }
            return nil
        }
        guard counter.value.withLock({ $0 }) == 2 * rounds else { exit(70) }
    }

    /// Wrong: a data race; relaxed turns keep the two threads from being done one behind the other, which is often missed.
    private static func countWithoutMutex() {
        let counter = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        defer { counter.deallocate() }
        counter.initialize(to: 0)
        onTwoThreads(counter) { context in
            guard let counter = context?.assumingMemoryBound(to: Int.self) else { return nil }
            let me = SanitizerCheck.turns.number()
            for _ in 0..<SanitizerCheck.rounds / 100 {
                SanitizerCheck.turns.wait(for: me)
                counter.pointee += 1
                SanitizerCheck.turns.pass()
            }
            return nil
        }
    }

    /// Wrong: one byte behind the end of a block.
    private static func readBehindTheEnd() {
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 16)
        defer { bytes.deallocate() }
        bytes.initialize(repeating: 1, count: 16)
        guard bytes[CommandLine.arguments.count + 14] == 1 else { exit(70) }
    }

    /// Wrong: a block that nothing points to any more.
    @inline(never)
    private static func loseMemory() {
        for size in 1...64 { memset(malloc(size * 100), 1, size * 100) }
    }

    private static func onTwoThreads(
        _ context: UnsafeMutableRawPointer,
        _ body: @escaping @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?
    ) {
        let threads = (0..<2).map { _ in
            var thread = pthread_t()
            guard pthread_create(&thread, nil, body, context) == 0 else { exit(71) }
            return thread
        }
        for thread in threads { pthread_join(thread, nil) }
    }
}

/// Lets two threads take turns; relaxed, so that it orders nothing in the eyes of the sanitizer.
private final class Turns: Sendable {
    private let numbers = Atomic(0)
    private let turn = Atomic(0)

    /// 0 for the one, 1 for the other.
    func number() -> Int { numbers.add(1, ordering: .relaxed).oldValue }

    func wait(for number: Int) {
        while turn.load(ordering: .relaxed) % 2 != number { sched_yield() }
    }

    /// Waits until both are there.
    func meet() {
        numbers.add(1, ordering: .relaxed)
        while numbers.load(ordering: .relaxed) < 2 { sched_yield() }
    }

    func pass() {
        turn.add(1, ordering: .relaxed)
    }
}

private final class Counter: Sendable {
    let value = Mutex(0)
}
