import Domain
import Testing

@Suite("Task ids", .timeLimit(.minutes(1)))
struct TaskIDTests {
    @Test("an id reads its own text, in any case")
    func roundTrip() {
        var chance = Chance(seed: 2)
        for _ in 0..<5000 {
            let id = TaskID(high: chance.next(), low: chance.next())

            #expect(TaskID(id.description) == id)
            #expect(TaskID(id.description.uppercased()) == id)
        }
        #expect(TaskID("01234567-89ab-7def-8123-456789abcdef")?.description == "01234567-89ab-7def-8123-456789abcdef")
    }

    @Test("a new id is a UUID of version 7 and variant 10 and tells its time")
    func version() {
        var chance = Chance(seed: 3)
        for _ in 0..<1000 {
            let time = Timestamp(microseconds: .random(in: 0...4_000_000_000_000_000, using: &chance))
            let id = TaskID(at: time, using: &chance)

            #expect(id.high >> 12 & 0xF == 7)
            #expect(id.low >> 62 == 0b10)
            #expect(Int64(id.high >> 16) == time.microseconds / 1000)
        }
    }

    @Test("ids of later milliseconds sort later, as values and as text")
    func order() {
        var chance = Chance(seed: 4)
        let ids = (0..<1000).map { TaskID(at: Timestamp(microseconds: Int64($0) * 1000), using: &chance) }

        #expect(ids == ids.sorted())
        #expect(ids.map(\.description) == ids.map(\.description).sorted())
    }

    @Test(
        "what is no UUID is refused",
        arguments: [
            "", "01234567-89ab-7def-8123-456789abcde", "01234567-89ab-7def-8123-456789abcdef0", "0123456789ab7def8123456789abcdef",
            "01234567-89ab-7def-8123-456789abcdeg", "01234567_89ab-7def-8123-456789abcdef", "{1234567-89ab-7def-8123-456789abcdef",
        ]
    )
    func refused(text: String) {
        #expect(TaskID(text) == nil)
    }
}
