import Domain
import Testing

@Suite("Publish book")
struct PublishBookTests {
    private let number = DispatchNumber(1)

    @Test("a number is taken once, and again when it was noted or forgotten")
    func taken() {
        var book = PublishBook()
        let first = book.take(number, again: false)
        let second = book.take(number, again: false)
        #expect(first)
        #expect(!second)
        book.confirm(number)
        #expect(book.confirmed() == [number])
        book.noted([number])
        #expect(book.confirmed().isEmpty)
        let third = book.take(number, again: true)
        #expect(third)
    }

    @Test("what the broker does not take is forgotten when it was a copy; the only one stays in hand")
    func copies() {
        var book = PublishBook()
        _ = book.take(number, again: false)
        let isOnly = !book.forgetCopy(number)
        #expect(isOnly)
        book.forget(number)
        _ = book.take(number, again: true)
        let wasCopy = book.forgetCopy(number)
        #expect(wasCopy)
        let isFree = book.take(number, again: false)
        #expect(isFree)
    }
}
