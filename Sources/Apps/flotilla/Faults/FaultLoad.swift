import APIContract
import Assembly
import Domain
import Foundation
import Wire

/// Clients that keep sending tasks and remember which ones were accepted.
///
/// A client that got no answer sends the same drafts, with the same ids, again.
actor FaultLoad {
    /// A task that Flotilla accepted, and thereby owes an end.
    struct Accepted: Sendable {
        let id: String
        let at: Timestamp
        let isKeyed: Bool
    }

    /// One request.
    struct Answer: Sendable {
        let at: ContinuousClock.Instant
        let took: Duration
        let isGood: Bool
    }

    static let patience: TimeInterval = 5
    private static let plainEvery: Duration = .milliseconds(100)
    private static let plainBatch = 4
    private static let keyedEvery: Duration = .milliseconds(700)
    private static let again: Duration = .milliseconds(100)

    private let clients: [APIClient]
    private let olts: [String]
    private var isStopping = false
    private var turn = 0
    private(set) var accepted: [String: Accepted] = [:]
    private(set) var answers: [Answer] = []

    /// - Parameters:
    ///   - urls: of the orchestrators, which take turns.
    ///   - olts: names; their heavy operations are the keyed load.
    /// - Throws: `CommandError` for an address that is none.
    init(_ urls: [String], olts: [String]) throws {
        clients = try urls.map { try APIClient($0, patience: Self.patience) }
        self.olts = olts
    }

    /// Sends until `stop`.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.sendPlain() }
            group.addTask { await self.sendKeyed() }
        }
    }

    func stop() { isStopping = true }

    /// Counts tasks that another client had accepted.
    func adopt(_ others: [String: Accepted]) { accepted.merge(others) { own, _ in own } }

    /// Sends until it is accepted; gives up when the load stops.
    /// - Returns: the ids that were accepted.
    @discardableResult
    func send(_ drafts: [TaskDraft], isKeyed: Bool) async -> [String] {
        var chance = SystemRandomNumberGenerator()
        let named = drafts.map { draft in
            var draft = draft
            draft.id = draft.id ?? TaskID(at: TimeSource.now, using: &chance)
            return draft
        }
        let body = Data(DraftCodec.encodeBatch(named, as: .json))
        while !Task.isCancelled {
            turn += 1
            let client = clients[turn % clients.count]
            let began = ContinuousClock.now
            do {
                let batch: BatchShape = try await client.post(APIPath.tasksBatch, bytes: body, contentType: "application/json")
                answers.append(Answer(at: began, took: .now - began, isGood: true))
                let ids = batch.entries.compactMap(\.receipt?.id)
                for id in ids { accepted[id] = Accepted(id: id, at: TimeSource.now, isKeyed: isKeyed) }
                return ids
            } catch {
                answers.append(Answer(at: began, took: .now - began, isGood: false))
                if isStopping { return [] }
                guard (try? await Task.sleep(for: Self.again)) != nil else { return [] }
            }
        }
        return []
    }

    /// The slowest hundredth of the requests that were sent in a span of time, in milliseconds, and how many there were.
    func slowest(from begin: ContinuousClock.Instant, to end: ContinuousClock.Instant) -> (p99: Double, count: Int, failed: Int) {
        let those = answers.filter { $0.at >= begin && $0.at < end }
        return (Spread(those.map { $0.took / .milliseconds(1) }).p99, those.count, those.count { !$0.isGood })
    }

    private func sendPlain() async {
        while !isStopping, !Task.isCancelled {
            await send(Array(repeating: TaskDraft(kind: "noop"), count: Self.plainBatch), isKeyed: false)
            guard (try? await Task.sleep(for: Self.plainEvery)) != nil else { return }
        }
    }

    private func sendKeyed() async {
        var place = 0
        while !isStopping, !Task.isCancelled, !olts.isEmpty {
            let name = olts[place % olts.count]
            let kinds: [TaskDraft] = [
                TaskDraft(kind: "snmp.discovery", payload: ["olt": .text(name)]),
                TaskDraft(kind: "snmp.get", payload: ["olt": .text(name), "columns": .list(["status", "optics"])]),
            ]
            await send([kinds[place / olts.count % 2]], isKeyed: true)
            place += 1
            guard (try? await Task.sleep(for: Self.keyedEvery)) != nil else { return }
        }
    }
}

extension TimeSource {
    /// The wall clock, as records know it.
    static var now: Timestamp { TimeSource.system.wall() }
}
