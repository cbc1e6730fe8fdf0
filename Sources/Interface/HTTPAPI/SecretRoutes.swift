import APIContract
import Domain
import Hummingbird
import Orchestration

/// `/secrets:rotate`: seals credentials with the key that seals now, a batch at a time; nothing secret goes out.
struct SecretRoutes {
    let desk: ControlDesk

    func add(to router: Router<APIContext>) {
        router.post(RouterPath(APIPath.secretsRotate)) { request, _ in try await rotate(request) }
    }

    private func rotate(_ request: Request) async throws -> Response {
        let actor = try request.actor()
        let order = try await request.decoded(
            as: SecretRotationOrder.self,
            fields: SecretRotationOrder.CodingKeys.self,
            atMost: APIPath.bodyBytesMax
        )
        let limit = order.limit ?? 200
        guard SecretRotationOrder.limits.contains(limit) else {
            throw Problem(
                status: 400,
                code: "out_of_range",
                title: "Value refused",
                detail: "limit is \(limit)",
                field: "limit",
                allowed: "\(SecretRotationOrder.limits.lowerBound) to \(SecretRotationOrder.limits.upperBound)"
            )
        }
        let rotation = try await desk.rotateSecrets(
            after: order.after.map { OLTID($0) },
            limit: limit,
            isDryRun: order.dryRun ?? false,
            by: actor
        )
        return try Answer.json(
            SecretRotationShape(
                key: rotation.key,
                examined: rotation.examined,
                resealed: rotation.resealed,
                failed: rotation.failures.map { SecretRotationShape.Failure(olt: $0.olt.value, name: $0.name, reason: $0.reason) },
                next: rotation.next?.value,
                underWay: rotation.underWay
            )
        )
    }
}
