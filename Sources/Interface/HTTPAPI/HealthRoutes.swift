import APIContract
import HTTPTypes
import Hummingbird
import Orchestration

/// `/healthz` (the process lives) and `/readyz` (each dependency named).
struct HealthRoutes {
    let desk: ControlDesk
    let version: String

    func add(to router: Router<APIContext>) {
        router.get(RouterPath(APIPath.alive)) { _, _ in
            try Answer.json(HealthShape(status: "alive", version: version, parts: []))
        }
        router.get(RouterPath(APIPath.ready)) { _, _ in
            let health = await desk.health()
            let parts = health.answers.map { HealthShape.Part(name: $0.name, ok: $0.trouble == nil, detail: $0.trouble) }
            let shape = HealthShape(status: health.isReady ? "ready" : "not ready", version: version, parts: parts)
            return try Answer.json(shape, status: health.isReady ? .ok : .serviceUnavailable)
        }
    }
}
