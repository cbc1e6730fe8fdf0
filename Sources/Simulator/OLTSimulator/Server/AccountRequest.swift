/// One request to the account's small HTTP/1.0 service, or what is known of it so far.
struct AccountRequest: Equatable {
    /// Most octets of a request.
    static let octetsMax = 1 << 20

    enum Progress: Equatable {
        case incomplete
        case refused
        case complete(AccountRequest)
    }

    var method: String
    var path: String
    var query: [String: String]
    var body: [UInt8]

    static func read(_ bytes: [UInt8]) -> Progress {
        guard bytes.count <= octetsMax else { return .refused }
        guard let end = endOfHead(bytes) else { return .incomplete }
        // By octets: for String, CR LF is one character.
        let lines = bytes[..<end].split(separator: 0x0A).map { String(decoding: $0.last == 0x0D ? $0.dropLast() : $0, as: UTF8.self) }
        guard let words = lines.first?.split(separator: " "), words.count == 3 else { return .refused }
        var length = 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-length" else { continue }
            guard let number = Int(parts[1].filter { $0 != " " }), (0...octetsMax).contains(number) else { return .refused }
            length = number
        }
        guard bytes.count - end >= length else { return .incomplete }
        let target = words[1].split(separator: "?", maxSplits: 1)
        return .complete(
            AccountRequest(
                method: String(words[0]),
                path: String(target.first ?? ""),
                query: target.count > 1 ? query(target[1]) : [:],
                body: Array(bytes[end..<(end + length)])
            )
        )
    }

    private static func query(_ text: Substring) -> [String: String] {
        var query: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let name = pair.prefix { $0 != "=" }
            guard !name.isEmpty else { continue }
            query[String(name)] = decoded(String(pair.dropFirst(name.count + 1)))
        }
        return query
    }

    /// Without percent escapes, where they are whole.
    private static func decoded(_ text: String) -> String {
        guard text.contains("%") else { return text }
        var octets: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let octet = rest.popFirst() {
            let digits = rest.prefix(2).compactMap(\.hexadecimalValue)
            guard octet == UInt8(ascii: "%"), digits.count == 2 else {
                octets.append(octet)
                continue
            }
            octets.append(digits[0] << 4 | digits[1])
            rest = rest.dropFirst(2)
        }
        return String(decoding: octets, as: UTF8.self)
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        var previous = 0
        for (index, octet) in bytes.enumerated() where octet == 0x0A {
            let line = bytes[previous..<index]
            if index > 0, line.isEmpty || line.elementsEqual([0x0D]) { return index + 1 }
            previous = index + 1
        }
        return nil
    }
}

/// The answer to it.
struct AccountResponse: Equatable {
    var status: Int
    var body: JSONValue

    static func problem(_ status: Int, _ detail: String) -> AccountResponse {
        AccountResponse(status: status, body: .object([("status", .integer(Int64(status))), ("detail", .string(detail))]))
    }

    var bytes: [UInt8] {
        let reasons = [200: "OK", 400: "Bad Request", 404: "Not Found", 409: "Conflict"]
        let body = Array((self.body.text + "\n").utf8)
        let head = """
            HTTP/1.0 \(status) \(reasons[status] ?? "Error")\r
            Content-Type: application/json\r
            Content-Length: \(body.count)\r
            Connection: close\r
            \r

            """
        return Array(head.utf8) + body
    }
}
