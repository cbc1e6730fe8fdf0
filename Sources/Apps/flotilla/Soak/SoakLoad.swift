import APIContract
import Domain
import Foundation
import Wire

/// What comes beside plain and keyed tasks: failures, cancellations, and letters that are sent again.
actor SoakLoad {
    private static let failEvery: Duration = .seconds(1)
    private static let cancelEvery: Duration = .seconds(2)
    private static let retryEvery: Duration = .seconds(4)

    private let stage: FaultStage
    private let load: FaultLoad
    private var isStopping = false
    private(set) var counts: [String: Int] = [:]

    init(_ stage: FaultStage) async throws {
        self.stage = stage
        load = try await stage.load
    }

    /// Works until `stop`.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.load.run() }
            group.addTask { await self.again(each: Self.failEvery) { await self.fail($0) } }
            group.addTask { await self.again(each: Self.cancelEvery) { await self.cancel($0) } }
            group.addTask { await self.again(each: Self.retryEvery) { _ in await self.retry() } }
        }
    }

    func stop() async {
        isStopping = true
        await load.stop()
    }

    private func again(each pause: Duration, _ work: @Sendable (Int) async -> Void) async {
        var turn = 0
        while !isStopping, !Task.isCancelled {
            await work(turn)
            turn += 1
            guard (try? await Task.sleep(for: pause)) != nil else { return }
        }
    }

    /// Every third one ends as a letter, the others pass at the second try.
    private func fail(_ turn: Int) async {
        let isFinal = turn % 3 == 0
        let payload: [String: JSONValue] = isFinal ? ["final": .bool(true)] : ["times": .number(1)]
        let ids = await load.send([TaskDraft(kind: "fail", payload: payload)], isKeyed: false)
        count(isFinal ? "meant to die" : "meant to fail once", ids.count)
    }

    /// Half of them run when they are cancelled, or a moment later.
    private func cancel(_ turn: Int) async {
        let draft =
            turn % 2 == 0
            ? TaskDraft(kind: "noop", payload: ["sleepMs": .number(8_000)])
            : TaskDraft(kind: "snmp.discovery", payload: ["olt": .text(FaultStage.olt(turn / 2 % stage.row.shape.olts))])
        guard let id = await load.send([draft], isKeyed: turn % 2 == 1).first else { return }
        try? await Task.sleep(for: .milliseconds(turn % 3 * 300))
        guard let client = try? await client() else { return }
        let answer: SteeringShape? = try? await client.post(APIPath.taskCancel(id), CancelShape(reason: "soak"))
        count(answer == nil ? "cancels without an answer" : "cancels", 1)
    }

    /// An open letter, with a payload that succeeds.
    private func retry() async {
        do {
            let client = try await client()
            let query = ["state": "dead", "kind": "fail", "limit": "1"]
            let letters: Listing<LetterShape> = try await client.get(APIPath.deadLetters, query: query)
            guard let letter = letters.items.first else { return }
            var order = LetterOrderRequest(ids: [letter.id])
            order.payload = ["times": .number(0)]
            let answer: LetterOrderAnswer = try await client.post(APIPath.deadLettersRetry, order)
            let ids = answer.items?.filter { $0.answer == "retried" }.compactMap(\.task) ?? []
            await load.adopt(
                Dictionary(uniqueKeysWithValues: ids.map { ($0, FaultLoad.Accepted(id: $0, at: TimeSource.now, isKeyed: false)) })
            )
            count("letters sent again", ids.count)
        } catch {
            // It may have been admitted all the same: nothing may be open at the end.
            count("letter requests without an answer", 1)
        }
    }

    private func client() async throws -> APIClient {
        guard let orchestrator = await stage.fleet.orchestrators.randomElement() else {
            throw CommandError(.nobodyAnswered, "no orchestrator runs")
        }
        return try APIClient(orchestrator.url, patience: FaultLoad.patience)
    }

    private func count(_ what: String, _ number: Int) { counts[what, default: 0] += number }
}
