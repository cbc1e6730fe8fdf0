import APIContract
import HTTPTypes
import Hummingbird
import NIOCore
import Telemetry

/// `/metrics`, for Prometheus.
struct MetricsRoutes {
    let metrics: @Sendable () async -> String

    func add(to router: Router<some RequestContext>) {
        router.get(RouterPath(APIPath.metrics)) { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: MetricsText.contentType, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: await metrics()))
            )
        }
    }
}
