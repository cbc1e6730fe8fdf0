import APIContract

/// Builds the bytes of requests by hand.
enum RawRequest {
    static let host = "Host: 127.0.0.1\r\n"

    static func get(_ target: String, _ headers: String = host) -> [UInt8] {
        Array("GET \(target) HTTP/1.1\r\n\(headers)\r\n".utf8)
    }

    /// A POST whose length is right.
    static func post(_ path: String, _ body: [UInt8], type: String? = "application/json", _ headers: String = "") -> [UInt8] {
        let type = type.map { "Content-Type: \($0)\r\n" } ?? ""
        return Array("POST \(path) HTTP/1.1\r\n\(host)\(type)Content-Length: \(body.count)\r\n\(headers)\r\n".utf8) + body
    }

    static func post(_ path: String, _ body: String, type: String? = "application/json", _ headers: String = "") -> [UInt8] {
        post(path, Array(body.utf8), type: type, headers)
    }

    /// A POST of JSON with these header fields as they are, and these bytes behind them.
    static func raw(_ headers: String, _ rest: String = "") -> [UInt8] {
        Array("POST \(APIPath.tasks) HTTP/1.1\r\n\(host)Content-Type: application/json\r\n\(headers)\r\n\(rest)".utf8)
    }

    /// A draft of a kind that does nothing, with something wrong in it.
    static func draft(payload: String) -> [UInt8] {
        post(APIPath.tasks, #"{"kind":"noop","payload":\#(payload)}"#)
    }
}
