import APIContract
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Builds responses from API shapes.
enum Answer {
    static func json(_ shape: some Encodable, status: HTTPResponse.Status = .ok, contentType: String = "application/json") throws
        -> Response
    {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Response(
            status: status,
            headers: [.contentType: contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(shape)))
        )
    }

    static func problem(_ problem: Problem) throws -> Response {
        try json(problem, status: HTTPResponse.Status(code: problem.status), contentType: "application/problem+json")
    }

    static func page(_ html: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: html))
        )
    }
}

extension Request {
    /// The whole body, or a problem when it is longer than allowed.
    func bytes(atMost limit: Int) async throws -> [UInt8] {
        do {
            // What says that it is too long is not read.
            if let length = headers[.contentLength].flatMap(Int.init), length > limit { throw NIOTooManyBytesError(maxBytes: limit) }
            return Array(buffer: try await body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw Problem(
                status: 413,
                code: "too_large",
                title: "Body too large",
                detail: "the body is longer than this route takes",
                allowed: "at most \(limit) bytes"
            )
        }
    }

    /// The body as JSON of the given shape; says which field is wrong, missing or unknown.
    func decoded<Shape: Decodable, Field: CodingKey & CaseIterable>(
        as shape: Shape.Type,
        fields: Field.Type,
        atMost limit: Int
    ) async throws -> Shape {
        _ = try MediaType(headers[.contentType], allowed: [MediaType.json])
        let body = try await bytes(atMost: limit)
        try JSONCheck.check(body)
        if let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] {
            let allowed = Field.allCases.map(\.stringValue)
            if let unknown = object.keys.sorted().first(where: { !allowed.contains($0) }) {
                throw Problem(
                    status: 400,
                    code: "unknown_field",
                    title: "Unknown field",
                    detail: "there is no field \"\(unknown)\" here",
                    field: unknown,
                    allowed: allowed.joined(separator: ", ")
                )
            }
        }
        do {
            return try JSONDecoder().decode(shape, from: Data(body))
        } catch let error as DecodingError {
            throw Problem(decoding: error)
        }
    }
}

extension Problem {
    init(decoding error: DecodingError) {
        let (path, detail): ([any CodingKey], String) =
            switch error {
            case .keyNotFound(let key, let context): (context.codingPath + [key], "the field is missing")
            case .typeMismatch(_, let context), .valueNotFound(_, let context): (context.codingPath, context.debugDescription)
            case .dataCorrupted(let context): (context.codingPath, "this is not JSON: \(context.debugDescription)")
            @unknown default: ([], "\(error)")
            }
        self.init(
            status: 400,
            code: "malformed",
            title: "Body cannot be read",
            detail: detail,
            field: path.isEmpty ? nil : path.map(\.stringValue).joined(separator: ".")
        )
    }
}
