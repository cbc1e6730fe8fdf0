import Domain
import Testing

@Suite("Timestamps", .timeLimit(.minutes(1)))
struct TimestampTests {
    @Test(
        "known moments read and write the same",
        arguments: [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.999999Z", -1),
            ("2000-02-29T12:00:00Z", 951_825_600_000_000),
            ("2026-11-21T02:20:00.123456Z", 1_795_227_600_123_456),
            ("2100-03-01T00:00:00Z", 4_107_542_400_000_000),
            ("0000-03-01T00:00:00Z", -62_162_035_200_000_000),
            ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
        ] as [(String, Int64)]
    )
    func knownMoments(text: String, microseconds: Int64) {
        #expect(Timestamp(text)?.microseconds == microseconds)
        #expect(Timestamp(microseconds: microseconds).description == text)
    }

    @Test("random moments of four-digit years come back unchanged")
    func roundTrip() {
        var chance = Chance(seed: 1)
        for _ in 0..<20_000 {
            let moment = Timestamp(
                microseconds: .random(in: -62_167_219_200_000_000...253_402_300_799_999_999, using: &chance)
            )

            #expect(Timestamp(moment.description) == moment)
        }
    }

    @Test("every day of four hundred years follows the one before it")
    func daysFollow() {
        let day: Int64 = 86_400_000_000
        var last = Timestamp(microseconds: 0).description
        for number in 1...Int64(146_097) {
            let text = Timestamp(microseconds: number * day).description

            #expect(text > last)
            last = text
        }
        #expect(last == "2370-01-01T00:00:00Z")
    }

    @Test(
        "offsets, case, spaces and long fractions are read",
        arguments: [
            ("2026-11-21T04:20:00+02:00", "2026-11-21T02:20:00Z"),
            ("2026-11-20T21:20:00-05:00", "2026-11-21T02:20:00Z"),
            ("2026-11-21t02:20:00z", "2026-11-21T02:20:00Z"),
            ("2026-11-21 02:20:00Z", "2026-11-21T02:20:00Z"),
            ("2026-11-21T02:20:00.1Z", "2026-11-21T02:20:00.100000Z"),
            ("2026-11-21T02:20:00.1234569Z", "2026-11-21T02:20:00.123456Z"),
        ]
    )
    func otherSpellings(text: String, meaning: String) {
        #expect(Timestamp(text)?.description == meaning)
    }

    @Test(
        "what is no moment is refused",
        arguments: [
            "", "2026", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z",
            "2026-11-21T24:00:00Z", "2026-11-21T02:60:00Z", "2026-11-21T02:20:60Z", "2026-11-21T02:20:00", "2026-11-21T02:20:00.Z",
            "2026-11-21T02:20:00Zx", "2026-11-21T02:20:00+2:00", "2026-11-21T02:20:00+24:00", "1900-02-29T00:00:00Z",
            "+026-11-21T02:20:00Z",
            "２026-11-21T02:20:00Z",
        ]
    )
    func refused(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("cut texts never trap and are refused")
    func cutTexts() {
        let whole = "2026-11-21T02:20:00.123456+02:00"
        for length in 0..<whole.count {
            #expect(Timestamp(String(whole.prefix(length))) == nil)
        }
    }

    @Test("spans between moments are exact to the microsecond")
    func spans() {
        let start = Timestamp(microseconds: 5)
        let end = start + .seconds(2) + .microseconds(7)

        #expect(end - start == .microseconds(2_000_007))
        #expect(end - .microseconds(2_000_007) == start)
        #expect(start < end)
        #expect(Duration.milliseconds(-1500).microseconds == -1_500_000)
        #expect(Duration.nanoseconds(1999).microseconds == 1)
        #expect(Duration.microseconds(1999).milliseconds == 1)
    }
}
