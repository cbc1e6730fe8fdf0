import Testing

@testable import AMQP

@Suite("The book of channels", .timeLimit(.minutes(1)))
struct ChannelBookTests {
    private func consumer(_ serial: UInt32, channel: UInt16) -> Consumer {
        Consumer(id: Consumer.ID(connection: 1, channelSerial: serial), queue: "q", prefetch: 1, channel: channel)
    }

    @Test("a number rests as long as possible, and none is left when all are in use")
    func numbers() {
        var book = ChannelBook(numberMax: 3)
        for _ in 1...3 {
            let number = book.freeNumber() ?? 0
            book.add(number, serial: book.nextSerial(), consumer: nil)
        }

        #expect(book.freeNumber() == nil)
        _ = book.remove(2)
        #expect(book.freeNumber() == 2)
    }

    @Test("a delivery is settled once, and not by a tag of an earlier channel of the same number")
    func settles() {
        var book = ChannelBook(numberMax: 3)
        let first = consumer(book.nextSerial(), channel: 1)
        book.add(1, serial: first.id.channelSerial, consumer: first)
        let owner = book.deliver(7, on: 1)
        #expect(owner?.id == first.id)
        let tag = DeliveryTag(connection: 1, channelSerial: first.id.channelSerial, number: 7, channel: 1)

        #expect(book.unsettledCount(of: first) == 1)
        #expect((book.settle(tag, now: .now)) == true)
        #expect((book.settle(tag, now: .now)) == false)

        _ = book.remove(1)
        let second = consumer(book.nextSerial(), channel: 1)
        book.add(1, serial: second.id.channelSerial, consumer: second)
        _ = book.deliver(7, on: 1)
        #expect((book.settle(tag, now: .now)) == false)
        #expect(book.unsettledCount(of: second) == 1)
        #expect(book.unsettledCount(of: first) == 0)
    }

    @Test("a delivery on a channel without a consumer has no owner")
    func ownerless() {
        var book = ChannelBook(numberMax: 3)
        book.add(1, serial: book.nextSerial(), consumer: nil)

        #expect(book.deliver(1, on: 1) == nil)
        #expect(book.deliver(1, on: 2) == nil)
    }

    @Test("reconnecting waits longer each time, within its bounds, until a connection lasted")
    func backoff() {
        var backoff = ReconnectBackoff()
        var dice = SplitMix(state: 7)
        let spans = (0..<20).map { _ in backoff.next(using: &dice) }

        #expect(spans[0] >= .milliseconds(50) && spans[0] <= .milliseconds(100))
        #expect(spans.allSatisfy { $0 <= .seconds(5) })
        #expect(spans.suffix(10).allSatisfy { $0 >= .milliseconds(2500) })

        backoff.noteConnection(lasted: .seconds(4))
        #expect(backoff.next(using: &dice) >= .milliseconds(2500))
        backoff.noteConnection(lasted: .seconds(5))
        #expect(backoff.next(using: &dice) <= .milliseconds(100))
    }
}
