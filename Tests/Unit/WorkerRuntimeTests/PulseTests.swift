import Domain
import Testing
import WorkerRuntime

@Suite("A worker's pulse", .timeLimit(.minutes(1)))
struct PulseTests {
    private let fault = TaskFault("x", "y", retryable: true)

    @Test("it counts what ran to its end, and nothing else")
    func counts() {
        var pulse = Pulse()
        pulse.ended(.succeeded, run: .milliseconds(10))
        pulse.ended(.failed(fault), run: .milliseconds(10))
        for verdict in [Verdict.started, .deferred(Deferral(.busy)), .interrupted(reason: "x"), .suspect] {
            pulse.ended(verdict, run: .seconds(9))
        }

        #expect(pulse.completed == 1 && pulse.failed == 1)
        #expect(pulse.averageRunMs == 10)
        #expect(pulse.errorRate == 0.5)
    }

    @Test("the error rate is that of the last hundred attempts")
    func window() {
        var pulse = Pulse()
        for _ in 0..<100 { pulse.ended(.failed(fault), run: .zero) }
        #expect(pulse.errorRate == 1)
        for _ in 0..<80 { pulse.ended(.succeeded, run: .zero) }
        #expect(pulse.errorRate == 0.2)
        #expect(pulse.status(used: 0, slots: 10) == .healthy)
        for _ in 0..<20 { pulse.ended(.succeeded, run: .zero) }
        #expect(pulse.errorRate == 0)
    }

    @Test("above 80 % load or 20 % errors it is degraded")
    func status() {
        var pulse = Pulse()
        #expect(pulse.status(used: 8, slots: 10) == .healthy)
        #expect(pulse.status(used: 9, slots: 10) == .degraded)
        for _ in 0..<3 { pulse.ended(.succeeded, run: .zero) }
        pulse.ended(.failed(fault), run: .zero)
        #expect(pulse.status(used: 0, slots: 10) == .degraded)
    }

    @Test("slots follow the processors")
    func slots() {
        #expect(SlotPlan.slots(cpus: 1) == [.cpu: 1, .memory: 1, .general: 2, .io: 4, .network: 32])
        #expect(SlotPlan.slots(cpus: 8, ioPerCore: 1, networkPerCore: 2) == [.cpu: 4, .memory: 2, .general: 4, .io: 8, .network: 16])
        #expect(SlotPlan.slots(cpus: 0)[.cpu] == 1)
    }
}
