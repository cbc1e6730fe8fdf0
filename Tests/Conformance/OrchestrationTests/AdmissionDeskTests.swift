import Domain
import Orchestration
import TestSupport
import Testing

@Suite("The admission desk", .timeLimit(.minutes(2)))
struct AdmissionDeskTests {
    @Test("drafts that arrive during a commit share the next transaction; every caller gets its own answers")
    func groupCommit() async throws {
        try await Harness.run { harness in
            await harness.record.closeGate()
            try await withThrowingTaskGroup(of: Receipt.self) { group in
                group.addTask { try await harness.submit() }
                try await eventually("the first commit is under way") { await harness.record.admitBatches == [1] }
                for number in 0..<100 { group.addTask { try await harness.submit(Harness.draft(number)) } }
                // The others wait at the desk meanwhile; a second writer would show as a second batch.
                for _ in 0..<100 { await Task.yield() }
                #expect(await harness.record.admitBatches == [1])
                await harness.record.openGate()
                let receipts = try await group.reduce(into: []) { $0.append($1) }
                #expect(Set(receipts.map(\.id)).count == 101)
                #expect(receipts.allSatisfy { $0.state == .queued && !$0.duplicate })
            }
            let batches = await harness.record.admitBatches
            #expect(batches.reduce(0, +) == 101)
            #expect(batches.count <= 20)
        }
    }

    @Test("of a submission the good drafts are admitted and the others get their fault, in order")
    func faults() async throws {
        try await Harness.run { harness in
            let drafts = [
                Harness.draft(), TaskDraft(kind: "nonsense"), TaskDraft(kind: "snmp.discovery", payload: ["olt": "OLT-1"]),
                TaskDraft(kind: "snmp.discovery", payload: ["olt": "OLT-9"]), TaskDraft(kind: "fail", payload: ["message": "a\0b"]),
            ]
            let answers = try await harness.desk.submit(drafts, source: .http)
            #expect(try answers[0].get().state == .queued)
            #expect(throws: Admission.Fault.self) { try answers[1].get() }
            #expect(try answers[2].get().state == .waiting)
            guard case .failure(let fault) = answers[3] else { throw NotThere("a fault") }
            #expect(fault.code == .unknownOLT)
            guard case .failure(let zero) = answers[4] else { throw NotThere("a fault") }
            #expect(zero.text.contains("U+0000"))
            #expect(await harness.record.rows.count == 2)
            #expect(try await harness.desk.submit([], source: .http).isEmpty)
        }
    }

    @Test("an id that exists answers as a duplicate with its state")
    func duplicate() async throws {
        try await Harness.run { harness in
            let id = try await harness.submit().id
            let again = try await harness.submit(Harness.draft(id: id))
            #expect(again == Receipt(id: id, state: .queued, duplicate: true))
            #expect(try await harness.desk.overview().counters.duplicates == 1)
        }
    }

    @Test("a commit of unknown fate is repeated with the same ids, whether it was written or not", arguments: [true, false])
    func commitUnknown(_ wasWritten: Bool) async throws {
        try await Harness.run { harness in
            if wasWritten { await harness.record.commitThough() }
            await harness.record.fail(.admit, .commitUnknown)
            let receipt = try await harness.submit()
            #expect(!receipt.duplicate)
            #expect(await harness.record.rows.count == 1)
            #expect(await harness.record.rows[receipt.id] != nil)
        }
    }

    @Test("without the database the caller is told; afterwards the lane has all its room again")
    func unavailable() async throws {
        var settings = Harness.brisk
        settings.dispatcher.highWatermark = 1
        try await Harness.run(settings) { harness in
            await harness.record.fail(.admit, .unavailable(reason: "away"))
            await #expect(throws: SubmitError.record(.unavailable(reason: "away"))) { try await harness.submit() }
            let receipt = try await harness.submit()
            #expect(receipt.state == .queued)
        }
    }

    @Test("what the database refuses fails alone; its neighbours in the transaction are admitted")
    func refused() async throws {
        try await Harness.run { harness in
            await harness.record.closeGate()
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask { try await harness.submit().state == .queued }
                try await eventually("the first commit is under way") { await harness.record.admitBatches == [1] }
                for number in 0..<5 {
                    group.addTask {
                        var draft = Harness.draft(number)
                        if number == 3 { draft.labels = ["poison": "1"] }
                        let answer = try await harness.desk.submit([draft], source: .http)[0]
                        guard case .failure(let fault) = answer else { return number != 3 }
                        return number == 3 && fault.code == .invalidValue
                    }
                }
                await harness.record.openGate()
                for try await isRight in group { #expect(isRight) }
            }
            #expect(await harness.record.rows.count == 5)
        }
    }

    @Test("while too many tasks wait, callers are told when to come back")
    func full() async throws {
        var settings = Harness.brisk
        settings.desk.waitingMax = 10
        settings.desk.retryAfter = .seconds(7)
        try await Harness.run(settings) { harness in
            await harness.record.pretendWaiting(10)
            try await eventually("the desk is full") {
                do {
                    try await harness.submit()
                    return false
                } catch SubmitError.full(let retryAfter) {
                    return retryAfter == .seconds(7)
                }
            }
        }
    }

    @Test("after a shutdown nothing is taken")
    func stopping() async throws {
        let harness = try await Harness.stopped()
        await #expect(throws: SubmitError.stopping) { try await harness.submit() }
    }
}
