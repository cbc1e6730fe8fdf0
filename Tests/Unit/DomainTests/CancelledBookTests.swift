import Domain
import Testing

@Suite("What a worker was told to forget", .timeLimit(.minutes(1)))
struct CancelledBookTests {
    private let start = ContinuousClock.now
    private let task = TaskID(high: 1, low: 2)
    private let other = TaskID(high: 1, low: 3)

    @Test("a number is recognised, another number of the same task is not")
    func byNumber() {
        var book = CancelledBook()
        book.add([CancelledRun(task: task, number: DispatchNumber(5), reason: "recalled")], at: start)

        #expect(book.reason(for: task, DispatchNumber(5), at: start) == "recalled")
        #expect(book.reason(for: task, DispatchNumber(6), at: start) == nil)
        #expect(book.reason(for: other, DispatchNumber(7), at: start) == nil)
    }

    @Test("without a number every run of the task is recognised")
    func byTask() {
        var book = CancelledBook()
        book.add([CancelledRun(task: task, number: nil, reason: "by hand")], at: start)

        #expect([5, 6].map { book.reason(for: task, DispatchNumber($0), at: start) } == ["by hand", "by hand"])
        #expect(book.reason(for: other, DispatchNumber(5), at: start) == nil)
    }

    @Test("a run is forgotten after its time, and its room is given back with the next order")
    func ages() {
        var book = CancelledBook(keepFor: .seconds(10))
        book.add([CancelledRun(task: task, number: nil, reason: "old")], at: start)

        #expect(book.reason(for: task, DispatchNumber(1), at: start + .seconds(9)) == "old")
        #expect(book.reason(for: task, DispatchNumber(1), at: start + .seconds(10)) == nil)
        book.add([CancelledRun(task: other, number: nil, reason: "new")], at: start + .seconds(10))
        #expect(book.count == 1)
    }

    @Test("being told twice keeps the first reason and the first time")
    func twice() {
        var book = CancelledBook(keepFor: .seconds(10))
        book.add([CancelledRun(task: task, number: nil, reason: "first")], at: start)
        book.add([CancelledRun(task: task, number: nil, reason: "second")], at: start + .seconds(5))

        #expect(book.count == 1)
        #expect(book.reason(for: task, DispatchNumber(1), at: start + .seconds(9)) == "first")
        #expect(book.reason(for: task, DispatchNumber(1), at: start + .seconds(10)) == nil)
    }

    @Test("a full book forgets the oldest first, and stays full", arguments: [1, 3, 2000])
    func bounded(room: Int) {
        var book = CancelledBook(runsMax: room)
        let runs = (1...Int64(room * 3)).map { CancelledRun(task: task, number: DispatchNumber($0), reason: "many") }
        for run in runs { book.add([run], at: start) }

        #expect(book.count == room)
        let kept = runs.filter { book.reason(for: task, $0.number ?? DispatchNumber(0), at: start) != nil }
        #expect(kept == Array(runs.suffix(room)))
    }
}
