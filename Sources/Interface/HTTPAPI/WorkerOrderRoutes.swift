import APIContract
import Domain
import Hummingbird
import Orchestration

/// `POST /workers/{id}:drain`, `:quiet`, `:resume`, `:stop`.
struct WorkerOrderRoutes {
    let desk: ControlDesk

    func add(to router: Router<APIContext>) {
        for order in WorkerOrder.allCases {
            router.post(RouterPath(APIPath.worker("{id}", order.rawValue))) { request, context in
                _ = try Query(request, allowed: [])
                return try await give(order, to: WorkerID(context.parameters.get("id") ?? ""))
            }
        }
    }

    private func give(_ order: WorkerOrder, to worker: WorkerID) async throws -> Response {
        switch try await desk.order(order, worker) {
        case .told:
            return try Answer.json(WorkerOrderShape(worker: worker.text, order: order.rawValue), status: .accepted)
        case .unknown:
            throw Problem(
                status: 404,
                code: "not_found",
                title: "No such worker",
                detail: "no worker \"\(worker.text.prefix(256))\" has registered within a day",
                field: "id"
            )
        case .gone(let reason):
            throw Problem(status: 409, code: "worker_gone", title: "The worker is gone", detail: reason, field: "id")
        case .unsent(let reason):
            throw Problem(status: 503, code: "broker_unavailable", title: "The order was not sent", detail: reason)
        }
    }
}
