import Testing

@testable import Reactor

@Suite("The timer heap", .timeLimit(.minutes(1)))
struct TimerHeapTests {
    @Test("timers come due in the order of their deadlines, equal ones in the order of their making")
    func order() {
        var heap = TimerHeap()
        var fired: [Int] = []
        for (number, deadline) in [50, 10, 30, 10, 40, 20].enumerated() {
            _ = heap.add(deadline: UInt64(deadline)) { fired.append(number) }
        }

        while let body = heap.takeDue(now: 30) { body() }

        #expect(fired == [1, 3, 5, 2])
        #expect(heap.next() == 40)
    }

    @Test("a cancelled timer never fires and does not hold the next deadline back")
    func cancelled() {
        var heap = TimerHeap()
        var fired: [String] = []
        let first = heap.add(deadline: 10) { fired.append("first") }
        _ = heap.add(deadline: 20) { fired.append("second") }

        heap.cancel(first)
        heap.cancel(first)

        #expect(heap.next() == 20)
        while let body = heap.takeDue(now: 100) { body() }
        #expect(fired == ["second"])
    }

    @Test("thousands of cancelled timers leave no heap behind, and the living ones still fire in order")
    func compaction() {
        var heap = TimerHeap()
        var fired: [UInt64] = []
        for number in 0..<10_000 {
            let deadline = UInt64((number * 7919) % 10_000)
            let token = heap.add(deadline: deadline) { fired.append(deadline) }
            if number % 10 != 0 { heap.cancel(token) }
        }

        #expect(heap.count == 1000)
        while let body = heap.takeDue(now: .max) { body() }
        #expect(fired.count == 1000)
        #expect(fired == fired.sorted())
    }
}
