import Domain
import Testing

@Suite("Values of devices", .timeLimit(.minutes(1)))
struct DeviceValueTests {
    @Test(
        "a MAC and a GPON serial are found in any spelling",
        arguments: [
            ("AA-BB-CC-00-11-22", "aa:bb:cc:00:11:22"), ("aabb.cc00.1122", "aa:bb:cc:00:11:22"), ("AABBCC001122", "aa:bb:cc:00:11:22"),
            ("485754431a2b3c4d", "HWTC1A2B3C4D"), (" hwtc1a2b3c4d ", "HWTC1A2B3C4D"),
        ]
    )
    func spellings(_ typed: String, _ stored: String) throws {
        #expect(try #require(ONUSearch(typed)).exact.contains(stored))
    }

    @Test("fewer than three characters find nothing, nor does a novel")
    func bounds() {
        #expect(ONUSearch("  ab ") == nil)
        #expect(ONUSearch(String(repeating: "x", count: 129)) == nil)
        #expect(ONUSearch("abc")?.text == "abc")
    }

    @Test("received power is graded, and each grade is a range without gap")
    func optics() {
        let classes = OpticsClasses(warningBelow: -24, criticalBelow: -27.5)
        #expect(classes.grade(-23.99) == .good)
        #expect(classes.grade(-24) == .good)
        #expect(classes.grade(-24.01) == .warning)
        #expect(classes.grade(-27.5) == .warning)
        #expect(classes.grade(-27.51) == .critical)
        for power in [-60, -28, -27.5, -25, -24, 3] as [Double] {
            #expect(OpticsClasses.Grade.allCases.filter { classes.range(of: $0).contains(power) } == [classes.grade(power)])
        }
    }

    @Test("ports stand in order of their numbers")
    func ports() {
        #expect(["0/10/1", "0/2/10", "0/2/9", "gpon"].sorted(by: PortState.isBefore) == ["gpon", "0/2/9", "0/2/10", "0/10/1"])
    }

    @Test("time left is guessed from the parts that are done, and not before one is")
    func timeLeft() {
        var progress = RunProgress()
        progress.move(by: RunStep(rows: 50, part: RunPart(.port, done: 0, of: 16)))
        #expect(progress.timeLeft(after: .seconds(3)) == nil)
        progress.move(by: RunStep(rows: 50, part: RunPart(.port, done: 4, of: 16)))
        progress.move(by: RunStep(rows: 20))
        #expect(progress.timeLeft(after: .seconds(8)) == .seconds(24))
        #expect(progress.rate(after: .seconds(8)) == 15)
        #expect(progress.rate(after: .milliseconds(10)) == nil)
    }
}
