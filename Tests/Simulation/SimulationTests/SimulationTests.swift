import FleetSimulation
import Testing

@Suite("The simulation")
struct SimulationTests {
    @Test("a seed replays exactly", arguments: [1, 8, 21] as [UInt64])
    func replay(_ seed: UInt64) {
        let first = Run(Story(seed: seed))
        let second = Run(Story(seed: seed), isRead: true)
        #expect(first.print == second.print)
        #expect(first.steps == second.steps)
    }
}
