import APIContract
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Orchestration

/// `/workers`, `/queues`, `/states`.
struct FleetRoutes {
    let desk: ControlDesk

    func add(to router: Router<APIContext>) {
        router.get(RouterPath(APIPath.workers)) { request, _ in
            _ = try Query(request, allowed: [])
            let workers = try await desk.workers().map(WorkerShape.init)
            return try Answer.json(Listing(items: workers, total: workers.count))
        }
        router.get(RouterPath(APIPath.queues)) { request, _ in
            _ = try Query(request, allowed: [])
            let queues = try await QueueBoard(desk: desk).queues()
            return try Answer.json(Listing(items: queues, total: queues.count))
        }
        router.get(RouterPath(APIPath.states)) { request, _ in
            _ = try Query(request, allowed: [])
            let counts = try await desk.overview().states
            return try Answer.json(Dictionary(uniqueKeysWithValues: TaskState.allCases.map { ($0.word, counts[$0] ?? 0) }))
        }
    }
}

/// Lanes and other queues with what broker and record know about them.
struct QueueBoard {
    let desk: ControlDesk

    func queues(now: Date = Date()) async throws -> [QueueShape] {
        let overview = try await desk.overview()
        let depths = Dictionary(await desk.depths().map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let lanes = Lane.all.map { lane in
            QueueShape(
                name: "work.\(lane)",
                lane: lane,
                depth: depths["work.\(lane)"]?.ready,
                queued: overview.lanes.queued[lane] ?? 0,
                waiting: overview.lanes.waiting[lane] ?? 0,
                consumers: depths["work.\(lane)"]?.consumers,
                oldestWaitingSeconds: overview.lanes.oldestWaiting[lane].map { since in
                    max(0, now.timeIntervalSince1970 - Double(since.microseconds) / 1_000_000)
                }
            )
        }
        let others = depths.values.filter { !$0.name.hasPrefix("work.") }.sorted { $0.name < $1.name }.map { depth in
            QueueShape(
                name: depth.name,
                lane: nil,
                depth: depth.ready,
                queued: nil,
                waiting: nil,
                consumers: depth.consumers,
                oldestWaitingSeconds: nil
            )
        }
        return lanes + others
    }
}
