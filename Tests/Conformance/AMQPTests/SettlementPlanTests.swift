import Testing

@testable import AMQP

@Suite("Settlements of one turn", .timeLimit(.minutes(1)))
struct SettlementPlanTests {
    private func tag(_ number: UInt64, on channel: UInt16 = 1) -> DeliveryTag {
        DeliveryTag(connection: 1, channelSerial: UInt32(channel), number: number, channel: channel)
    }

    @Test("acks below the lowest open tag become one, those above stay single, rejects go first")
    func lines() {
        var plan = SettlementPlan()
        for number: UInt64 in [3, 1, 5, 9] { plan.add(.ack(tag(number))) }
        plan.add(.reject(tag(2), requeue: false))

        let lines = plan.finish { _ in 4 }

        #expect(
            lines == [
                SettlementPlan.Line(channel: 1, tag: 2, verdict: .reject(requeue: false)),
                SettlementPlan.Line(channel: 1, tag: 3, verdict: .ack, multiple: true),
                SettlementPlan.Line(channel: 1, tag: 5, verdict: .ack),
                SettlementPlan.Line(channel: 1, tag: 9, verdict: .ack),
            ]
        )
        #expect(plan.finish { _ in nil }.isEmpty)
    }

    @Test(
        "whatever is settled in whatever order, the broker's book empties as ours does, and no ack names an unknown tag",
        arguments: 0..<300
    )
    func random(seed: UInt64) {
        var dice = SplitMix(state: seed)
        var open = OpenTags()
        var plan = SettlementPlan()
        var ours: Set<UInt64> = []
        var brokers: Set<UInt64> = []
        var last: UInt64 = UInt64.random(in: 0...200, using: &dice)

        for _ in 0..<60 {
            for _ in 0..<Int.random(in: 0...90, using: &dice) {
                last += 1
                open.insert(last)
                ours.insert(last)
                brokers.insert(last)
            }
            for number in ours.shuffled(using: &dice).prefix(Int.random(in: 0...90, using: &dice)) {
                let wasOpen = open.remove(number)
                let again = open.remove(number)
                #expect(wasOpen && !again)
                ours.remove(number)
                plan.add(Bool.random(using: &dice) ? .ack(tag(number)) : .reject(tag(number), requeue: true))
            }
            #expect(open.lowest == ours.min())
            for line in plan.finish(lowestOpen: { _ in open.lowest }) {
                #expect(brokers.contains(line.tag))
                if line.multiple {
                    brokers = brokers.filter { $0 > line.tag }
                } else {
                    brokers.remove(line.tag)
                }
            }
            #expect(brokers == ours)
            #expect(open.count == ours.count)
        }
    }
}
