import APIContract
import Foundation
import FoundationNetworking

/// Speaks to the orchestrator; its errors carry the exit code that fits.
struct APIClient {
    private let base: URL
    private let session: URLSession
    /// Who asks, for the audit.
    private static let actor = String(decoding: "local:\(NSUserName())".utf8.prefix(100), as: UTF8.self)

    /// - Parameters:
    ///   - text: the address.
    ///   - patience: how long one answer may take, in seconds.
    /// - Throws: usage error when the text is no http URL.
    init(_ text: String, patience: TimeInterval = 60) throws {
        guard let url = URL(string: text), let scheme = url.scheme, ["http", "https"].contains(scheme), url.host != nil else {
            throw CommandError(.usage, "\"\(text)\" is no address of an orchestrator; allowed: http://HOST:PORT")
        }
        base = url
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = patience
        session = URLSession(configuration: configuration)
    }

    func get<Shape: Decodable>(_ path: String, query: [String: String?] = [:], as shape: Shape.Type = Shape.self) async throws -> Shape {
        try decode(try await send("GET", path, query: query, body: nil, contentType: nil), as: shape)
    }

    func post<Shape: Decodable>(_ path: String, _ body: some Encodable, as shape: Shape.Type = Shape.self) async throws -> Shape {
        try await post(path, bytes: try JSONEncoder().encode(body), contentType: "application/json")
    }

    func post<Shape: Decodable>(_ path: String, bytes: Data, contentType: String, as shape: Shape.Type = Shape.self) async throws -> Shape {
        try decode(try await send("POST", path, query: [:], body: bytes, contentType: contentType), as: shape)
    }

    func put<Shape: Decodable>(_ path: String, _ body: some Encodable, as shape: Shape.Type = Shape.self) async throws -> Shape {
        let bytes = try JSONEncoder().encode(body)
        return try decode(try await send("PUT", path, query: [:], body: bytes, contentType: "application/json"), as: shape)
    }

    func patch<Shape: Decodable>(_ path: String, _ body: some Encodable, as shape: Shape.Type = Shape.self) async throws -> Shape {
        let bytes = try JSONEncoder().encode(body)
        return try decode(try await send("PATCH", path, query: [:], body: bytes, contentType: "application/json"), as: shape)
    }

    func delete<Shape: Decodable>(_ path: String, as shape: Shape.Type = Shape.self) async throws -> Shape {
        try decode(try await send("DELETE", path, query: [:], body: nil, contentType: nil), as: shape)
    }

    /// Follows what happens, from the event after an id if one is given.
    func events(types: String?, after last: String?) throws -> EventStream {
        var request = URLRequest(url: try url(APIPath.events, ["types": types]))
        request.setValue("text/event-stream", forHTTPHeaderField: "Accept")
        if let last { request.setValue(last, forHTTPHeaderField: "Last-Event-ID") }
        return EventStream.open(request)
    }

    private func decode<Shape: Decodable>(_ data: Data, as shape: Shape.Type) throws -> Shape {
        do {
            return try JSONDecoder().decode(shape, from: data)
        } catch {
            throw CommandError(.failed, "the orchestrator answered something else than expected: \(error)")
        }
    }

    private func send(_ method: String, _ path: String, query: [String: String?], body: Data?, contentType: String?) async throws -> Data {
        var request = URLRequest(url: try url(path, query))
        request.httpMethod = method
        request.httpBody = body
        request.setValue(Self.actor, forHTTPHeaderField: APIPath.actorHeader)
        if let contentType { request.setValue(contentType, forHTTPHeaderField: "Content-Type") }
        let data: Data
        let response: URLResponse
        do {
            (data, response) = try await session.answer(to: request)
        } catch {
            throw CommandError(
                .nobodyAnswered,
                "no orchestrator answers at \(base.absoluteString) (\(error.localizedDescription)); start one with `flotilla up`, or set FLOTILLA_URL"
            )
        }
        guard let status = (response as? HTTPURLResponse)?.statusCode else {
            throw CommandError(.failed, "the answer is not HTTP")
        }
        guard (200..<300).contains(status) else { throw Self.error(status, data) }
        return data
    }

    private func url(_ path: String, _ query: [String: String?]) throws -> URL {
        var components = URLComponents()
        components.scheme = base.scheme
        components.host = base.host
        components.port = base.port
        if APIPath.isEncoded(path) { components.percentEncodedPath = path } else { components.path = path }
        let items = query.compactMap { name, value in value.map { URLQueryItem(name: name, value: $0) } }
        components.queryItems = items.isEmpty ? nil : items.sorted { $0.name < $1.name }
        guard let url = components.url else { throw CommandError(.usage, "\"\(path)\" does not fit into an address") }
        return url
    }

    static func error(_ status: Int, _ data: Data) -> CommandError {
        let exit: ExitStatus =
            switch status {
            case 404: .notFound
            case 409, 429: .conflict
            case 401, 403: .notAllowed
            case 503: .nobodyAnswered
            default: .failed
            }
        guard let problem = try? JSONDecoder().decode(Problem.self, from: data) else {
            return CommandError(exit, "the orchestrator answered \(status): \(String(decoding: data.prefix(500), as: UTF8.self))")
        }
        var text = problem.detail
        if let field = problem.field { text = "\(field): \(text)" }
        if let allowed = problem.allowed { text += "; allowed: \(allowed)" }
        return CommandError(exit, text)
    }
}
