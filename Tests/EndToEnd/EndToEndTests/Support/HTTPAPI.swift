import APIContract
import Foundation
import FoundationNetworking

/// An HTTP client that checks nothing.
struct HTTPAPI: Sendable {
    let base: String
    private let session: URLSession

    init(_ base: String) {
        self.base = base
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = 60
        session = URLSession(configuration: configuration)
    }

    func get(_ path: String) async throws -> Reply {
        try await send("GET", path, nil, nil)
    }

    func get<Shape: Decodable>(_ path: String, as shape: Shape.Type = Shape.self) async throws -> Shape {
        try await get(path).decoded(as: shape)
    }

    func post(
        _ path: String,
        _ body: String,
        contentType: String? = "application/json",
        headers: [String: String] = [:]
    ) async throws -> Reply {
        try await send("POST", path, Data(body.utf8), contentType, headers)
    }

    /// Another method with a body of JSON, or none.
    func send(_ method: String, _ path: String, json: String? = nil) async throws -> Reply {
        try await send(method, path, json.map { Data($0.utf8) }, json == nil ? nil : "application/json")
    }

    private func send(
        _ method: String,
        _ path: String,
        _ body: Data?,
        _ contentType: String?,
        _ headers: [String: String] = [:]
    ) async throws -> Reply {
        guard let url = URL(string: base + path) else { throw NotAsExpected("\(base + path) is no URL") }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body
        if let contentType { request.setValue(contentType, forHTTPHeaderField: "Content-Type") }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await session.answer(to: request)
        guard let response = response as? HTTPURLResponse else { throw NotAsExpected("no HTTP from \(url)") }
        return Reply(
            status: response.statusCode,
            contentType: response.value(forHTTPHeaderField: "Content-Type") ?? "",
            body: data
        )
    }
}

/// What the server answered.
struct Reply: CustomStringConvertible {
    let status: Int
    let contentType: String
    let body: Data

    var text: String { String(decoding: body, as: UTF8.self) }
    var description: String { "\(status) \(contentType) \(text.prefix(2000))" }

    func decoded<Shape: Decodable>(as shape: Shape.Type = Shape.self) throws -> Shape {
        do {
            return try JSONDecoder().decode(shape, from: body)
        } catch {
            throw NotAsExpected("\(error) in \(self)")
        }
    }
}
