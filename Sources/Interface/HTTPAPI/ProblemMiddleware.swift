import APIContract
import Domain
import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1
import Orchestration

/// Turns every error into one `application/problem+json` answer.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = APIContext

    @concurrent
    func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let problem = Problem(of: error, path: "\(request.method.rawValue) \(request.uri.path)")
            if problem.status >= 500 {
                context.logger.error(
                    "request failed",
                    metadata: [
                        "http.path": "\(request.uri.path)", "problem.code": "\(problem.code)", "problem.detail": "\(problem.detail)",
                    ]
                )
            }
            var response = try Answer.problem(problem)
            if let pause = Self.retryAfter(error) ?? (problem.status == 503 ? Self.unavailablePause : nil) {
                response.headers[.retryAfter] = String(max(1, pause.components.seconds))
            }
            return response
        }
    }

    /// When to ask again what cannot be answered now.
    private static let unavailablePause: Duration = .seconds(1)

    private static func retryAfter(_ error: any Error) -> Duration? {
        guard case SubmitError.full(let pause)? = error as? SubmitError else { return nil }
        return pause
    }
}

extension Problem {
    /// The problem that an error is to the caller.
    init(of error: any Error, path: String) {
        switch error {
        case let problem as Problem: self = problem
        case let error as RecordError: self.init(error)
        case let error as SubmitError: self.init(error)
        case let error as SteeringError: self.init(error)
        // A chunk that is not one: the server closes the connection after this answer.
        case let error as HTTPParserError: self.init(unreadable: error)
        case let error as LeaseStoreError: self.init(error)
        case let error as HTTPError where error.status == .notFound:
            self.init(
                status: 404,
                code: "no_route",
                title: "No such route",
                detail: "there is no \(path.prefix(256))",
                allowed: "see /api/v1"
            )
        case let error as HTTPError:
            self.init(
                status: error.status.code,
                code: "http_\(error.status.code)",
                title: error.status.reasonPhrase,
                detail: error.body ?? error.status.reasonPhrase
            )
        default:
            self.init(status: 500, code: "internal", title: "Internal error", detail: "\(error)")
        }
    }

    private init(_ error: RecordError) {
        switch error {
        case .unavailable(let reason):
            self.init(status: 503, code: "record_unavailable", title: "The database does not answer", detail: reason)
        case .commitUnknown:
            self.init(
                status: 503,
                code: "commit_unknown",
                title: "It may have been written",
                detail: "the connection to the database broke during the commit; ask again with the same id"
            )
        case .conflict(let what):
            self.init(status: 409, code: "conflict", title: "It exists already", detail: what)
        case .refused(let operation, let message):
            self.init(status: 500, code: "record_refused", title: "The database refused", detail: "\(operation): \(message)")
        case .schema(let found, let expected):
            self.init(
                status: 503,
                code: "schema",
                title: "The schema does not fit",
                detail: "the database has schema \(found), this program needs \(expected)",
                allowed: "run `flotilla db migrate`, or a newer program"
            )
        case .deposed(let term):
            self.init(
                status: 503,
                code: "deposed",
                title: "Another orchestrator leads",
                detail: "term \(term) is over; nothing was written, ask again"
            )
        }
    }

    private init(_ error: SteeringError) {
        switch error {
        case .record(let error): self.init(error)
        case .lease(let error):
            self.init(
                status: 503,
                code: "lease_store_unavailable",
                title: "The lease store does not answer",
                detail: "a number with a key is left only when it is void: \(error)"
            )
        }
    }

    private init(_ error: SubmitError) {
        switch error {
        case .full(let pause):
            self.init(
                status: 429,
                code: "too_many_waiting",
                title: "Too many tasks wait",
                detail: "try again in \(pause.components.seconds) s"
            )
        case .record(let error):
            self.init(error)
        case .stopping:
            self.init(status: 503, code: "stopping", title: "The orchestrator is stopping", detail: "send it to another one, or later")
        }
    }
}
