import APIContract
import Domain
import Foundation
import Wire

/// A batch of dead letters whose orchestrator is killed in the middle.
extension FaultRow {
    static let letters: [FaultRow] = [retryKilled]

    private static let letterCount = 10_000

    private static let retryKilled = FaultRow(
        id: "F48",
        fault: "kill -9 orchestrator",
        when: "it retries 10,000 dead letters as a batch, some thousands are done",
        expected: "another one goes on; each letter is retried exactly once",
        measure: "the next orchestrator is ready → the next letter retried",
        target: .seconds(15),
        shape: {
            var shape = FaultShape()
            shape.isLoaded = false
            shape.hasLetters = true
            shape.slots = "general=64"
            shape.environment = ["FLOTILLA_LETTERS_KEEP": "100000", "FLOTILLA_LOG_LEVEL": "warning"]
            return shape
        }()
    ) { stage in
        let first = await stage.fleet.orchestrators[0]
        let client = try APIClient(first.url)
        let draft = TaskDraft(kind: "fail", payload: ["final": .bool(true)], maxAttempts: 1)
        for _ in 0..<10 {
            let body = Data(DraftCodec.encodeBatch(Array(repeating: draft, count: letterCount / 10), as: .json))
            let _: BatchShape = try await client.post(APIPath.tasksBatch, bytes: body, contentType: "application/json")
        }
        try await FaultWait.until("\(letterCount) letters are there", within: .seconds(180), poll: .seconds(1)) {
            try await stage.servers.count("select count(*) from letters where state = 'dead'") == letterCount
        }
        let last = try await stage.servers.count("select max(id) from letters")
        var order = LetterOrderRequest(filter: ["kind": "fail"])
        order.dryRun = false
        order.rate = "1000/s"
        let _: LetterOrderAnswer = try await client.post(APIPath.deadLettersRetry, order)
        let retried = "select count(*) from letters where id <= \(last) and retried_as is not null"
        try await FaultWait.until("2000 are retried", within: .seconds(60), poll: .milliseconds(100)) {
            try await stage.servers.count(retried) >= 2_000
        }
        await stage.fleet.kill(first)
        let done = try await stage.servers.count(retried)
        await stage.check("I26", "killed after \(done) letters", good: (2_000..<letterCount).contains(done))
        try await stage.fleet.startOrchestrator()
        let ready = TimeSource.now
        await stage.healed()
        try await FaultWait.until("it goes on", within: .seconds(60), poll: .milliseconds(100)) {
            try await stage.servers.count(retried) > done
        }
        await stage.recovered(in: TimeSource.now - ready)
        try await FaultWait.until("all are retried", within: .seconds(180), poll: .seconds(1)) {
            try await stage.servers.count(retried) == letterCount
        }
        try await stage.judgeRetries(upTo: last, of: letterCount)
    }
}

extension FaultStage {
    /// Each letter has one new task, each new task ended, and no other was made.
    func judgeRetries(upTo last: Int, of count: Int) async throws {
        let distinct = try await servers.count("select count(distinct retried_as) from letters where id <= \(last)")
        let letters = "select count(*) from letters"
        try await FaultWait.until("the new tasks have died, too", within: .seconds(180), poll: .seconds(1)) {
            try await self.servers.count(letters) == 2 * count
        }
        let again = try await servers.count("select count(*) from letters where id > \(last) and retried_as is not null")
        check("I12", "\(distinct) new tasks for \(count) letters, \(again) of those retried again", good: distinct == count && again == 0)
        let made = try await servers.count("select count(distinct task) from letters")
        check("I2", "\(made) tasks in all, each died once", good: made == 2 * count)
    }
}
