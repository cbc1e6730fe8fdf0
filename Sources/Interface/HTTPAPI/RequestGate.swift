import APIContract
import HTTPTypes
import Hummingbird

/// Refuses what no route should see: foreign hosts and origins, targets that are no text, encoded bodies.
struct RequestGate: RouterMiddleware {
    typealias Context = APIContext

    let hosts: HostList

    @concurrent
    func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        try checkHost(request)
        try checkOrigin(request)
        try TargetCheck.check(request.uri.string)
        if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw Problem(
                status: 415,
                code: "unsupported_encoding",
                title: "Content encoding refused",
                detail: "bodies with content-encoding \"\(encoding.prefix(64))\" are not read",
                field: "content-encoding",
                allowed: "none"
            )
        }
        return try await next(request, context)
    }

    private func checkHost(_ request: Request) throws(Problem) {
        // The first one is the authority; a second one stays a field.
        let isNamedTwice = request.headers.contains { $0.name.canonicalName == "host" }
        guard let host = request.head.authority, !isNamedTwice else {
            throw Problem(
                status: 400,
                code: "invalid_host",
                title: "Host refused",
                detail: request.head.authority == nil ? "the request names no host" : "the request names more than one host",
                field: "host",
                allowed: HostList.allowed
            )
        }
        guard hosts.contains(authority: host) else {
            throw Problem(
                status: 421,
                code: "foreign_host",
                title: "Host refused",
                detail: "\"\(host.prefix(253))\" is not a name of this server",
                field: "host",
                allowed: HostList.allowed
            )
        }
    }

    private func checkOrigin(_ request: Request) throws(Problem) {
        for origin in request.headers[values: .origin] where !hosts.contains(origin: origin) {
            throw Problem(
                status: 403,
                code: "foreign_origin",
                title: "Origin refused",
                detail: "pages of \"\(origin.prefix(253))\" may not ask here",
                field: "origin",
                allowed: "no origin, or one of " + HostList.allowed
            )
        }
    }
}
