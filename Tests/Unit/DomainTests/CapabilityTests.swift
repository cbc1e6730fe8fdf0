import Domain
import Testing

@Suite("Capability")
struct CapabilityTests {
    private func worker(_ slots: [TaskClass: Int], kinds: [String] = ["noop"], status: WorkerStatus = .healthy) -> KnownWorker {
        let now = Timestamp(microseconds: 0)
        return KnownWorker(
            registration: WorkerRegistration(
                id: WorkerID("w"),
                hostname: "h",
                pid: 1,
                version: "1",
                startedAt: now,
                labels: [:],
                slots: slots,
                kinds: kinds,
                connection: 1,
                numbersInHand: []
            ),
            lastBeat: nil,
            lastSeenAt: now,
            status: status
        )
    }

    @Test("what no living worker runs is told with the reason")
    func obstacles() {
        let network = worker([.network: 4], kinds: ["snmp.get"])
        #expect(Capability(of: []).obstacle(to: "noop", in: .general) == "no worker is alive")
        #expect(Capability(of: [worker([.general: 1], status: .lost)]).obstacle(to: "noop", in: .general) == "no worker is alive")
        #expect(Capability(of: [network]).obstacle(to: "noop", in: .cpu) == "1 worker, and it does not offer class cpu")
        #expect(Capability(of: [network, network]).obstacle(to: "noop", in: .cpu) == "2 workers, none offers class cpu")
        #expect(Capability(of: [network]).obstacle(to: "noop", in: .network) == "1 worker offers class network, and it does not run noop")
        #expect(Capability(of: [network, network]).obstacle(to: "noop", in: .network) == "2 workers offer class network, none runs noop")
        #expect(Capability(of: [network, worker([.general: 1])]).obstacle(to: "noop", in: .general) == nil)
    }

    @Test("a task that waits says why: nobody can run it, its time has not come, or others go first")
    func explained() {
        let now = Timestamp(microseconds: 0)
        let able = Capability(of: [worker([.general: 1])])
        #expect(story(.waiting).explained(by: Capability(of: []), now: now).waitingBecause == "no worker is alive")
        #expect(
            story(.waiting, dueAt: now + .seconds(5)).explained(by: able, now: now).waitingBecause == "it is due at \(now + .seconds(5))"
        )
        let away = story(.waiting, key: ExclusionKey("olt:17")).explained(by: able, leaseTrouble: "connection refused", now: now)
        #expect(away.waitingBecause == "it has an exclusion key, and the lease store does not answer: connection refused")
        #expect(story(.waiting).explained(by: able, leaseTrouble: "connection refused", now: now).waitingBecause?.hasPrefix("lane") == true)
        #expect(story(.queued).explained(by: able, now: now).waitingBecause?.hasPrefix("it is on lane general.normal") == true)
        #expect(story(.succeeded).explained(by: Capability(of: []), now: now).waitingBecause == nil)
    }

    private func story(_ state: TaskState, dueAt: Timestamp = Timestamp(microseconds: 0), key: ExclusionKey? = nil) -> TaskStory {
        let task = FleetTask(
            id: TaskID(high: 1, low: 2),
            kind: "noop",
            payload: [:],
            priority: .normal,
            taskClass: .general,
            exclusionKey: key,
            olt: nil,
            timeout: .seconds(1),
            maxAttempts: 1,
            backoff: Backoff(),
            createdAt: Timestamp(microseconds: 0),
            dueAt: dueAt,
            labels: [:],
            source: .http
        )
        return TaskStory(
            task: task,
            state: state,
            attempt: 1,
            startedAt: nil,
            finishedAt: nil,
            worker: nil,
            result: nil,
            fault: nil,
            waitingBecause: nil,
            runs: []
        )
    }
}
