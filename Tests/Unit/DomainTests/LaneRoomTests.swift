import Domain
import Testing

@Suite("Room of the lanes", .timeLimit(.minutes(1)))
struct LaneRoomTests {
    private let lane = Lane(.general, .normal)

    @Test("a lane takes tasks up to its high mark and then none until some have left")
    func fills() {
        var room = LaneRoom(highWatermark: 3)

        #expect((0..<4).map { _ in takes(&room, lane) } == [true, true, true, false])
        #expect(room.room(in: lane) == 0)
        room.left(2, from: lane)
        #expect(room.room(in: lane) == 2)
        #expect(!takes(&room, lane))
        room.recount(queued: [lane: 1], waiting: [])
        #expect(takes(&room, lane))
    }

    @Test("nothing overtakes a task that waits, but other lanes go on")
    func noOvertaking() {
        var room = LaneRoom(highWatermark: 10)
        room.recount(queued: [:], waiting: [lane])

        #expect(!takes(&room, lane))
        #expect(takes(&room, Lane(.general, .high)))
        room.dispatched(4, to: lane)
        #expect(room.room(in: lane) == 6)
    }

    @Test("a lane that was filled is left alone until it has fallen to its low mark, then takes all that fits")
    func refills() {
        var room = LaneRoom(highWatermark: 10, lowWatermark: 4)
        room.recount(queued: [:], waiting: [lane])
        room.dispatched(10, to: lane)

        #expect(!leaves(&room, 3))
        #expect(room.room(in: lane) == 0)
        #expect(!leaves(&room, 2))
        #expect(leaves(&room, 1))
        #expect(room.room(in: lane) == 6)
        // Nothing waits any more: below the high mark a task goes out at once.
        room.dispatched(6, to: lane)
        room.swept([lane])
        #expect(!leaves(&room, 1))
        #expect(takes(&room, lane))
    }

    @Test("counts never fall below zero nor the room above the mark")
    func bounds() {
        var room = LaneRoom(highWatermark: 5)
        var chance = Chance(seed: 8)
        for _ in 0..<5000 {
            switch Int.random(in: 0..<3, using: &chance) {
            case 0: _ = room.takePlace(in: lane)
            case 1: room.left(.random(in: 0..<9, using: &chance), from: lane)
            default: room.dispatched(.random(in: 0..<9, using: &chance), to: lane)
            }

            #expect((0...5).contains(room.room(in: lane)))
        }
        #expect(LaneRoom.highWatermarkDefault == 1000)
    }

    private func leaves(_ room: inout LaneRoom, _ count: Int) -> Bool { room.left(count, from: lane) }

    private func takes(_ room: inout LaneRoom, _ lane: Lane) -> Bool { room.takePlace(in: lane) }
}
