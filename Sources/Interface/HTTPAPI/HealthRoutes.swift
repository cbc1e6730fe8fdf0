import APIContract
import HTTPTypes
import Hummingbird

/// `/healthz` (the process lives, whatever its servers do) and `/readyz` (each dependency named).
struct HealthRoutes {
    /// A server that the program needs; `trouble` is `nil` while it answers.
    typealias Ask = @Sendable () async -> [(name: String, trouble: String?)]

    let version: String
    let stopping: StopSign
    let dependencies: Ask
    /// What is told beside the dependencies, and makes nobody unready.
    var beside: @Sendable () async -> [HealthShape.Part] = { [] }
    /// Who leads, where anybody does.
    var leader: @Sendable () -> HealthShape.Leader? = { nil }

    func add(to router: Router<some RequestContext>) {
        router.get(RouterPath(APIPath.alive)) { _, _ in
            try Answer.json(HealthShape(status: "alive", version: version, parts: []))
        }
        router.get(RouterPath(APIPath.ready)) { _, _ in
            let answers = await dependencies()
            let isReady = answers.allSatisfy { $0.trouble == nil }
            let status = stopping.isUp ? "stopping" : isReady ? "ready" : "not ready"
            let needed = answers.map { HealthShape.Part(name: $0.name, ok: $0.trouble == nil, detail: $0.trouble) }
            let parts = needed + (await beside())
            let shape = HealthShape(status: status, version: version, parts: parts, leader: leader())
            return try Answer.json(shape, status: status == "ready" ? .ok : .serviceUnavailable)
        }
    }
}
