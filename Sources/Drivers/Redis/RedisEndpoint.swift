/// Where a Redis server listens, and who we are there: `redis://[[user]:password@]host[:port][/database]`.
package struct RedisEndpoint: Sendable, Hashable, CustomStringConvertible {
    package let host: String
    package let port: UInt16
    package let database: Int
    package let user: String?
    /// Secret: never in a log; `description` leaves it out.
    package let password: String?

    package init(host: String, port: UInt16 = 6379, database: Int = 0, user: String? = nil, password: String? = nil) {
        self.host = host
        self.port = port
        self.database = database
        self.user = user
        self.password = password
    }

    /// Reads an endpoint from its text; a password with special characters is percent-encoded.
    package init(_ text: String) throws(RedisError) {
        let scheme = "redis://"
        guard text.hasPrefix(scheme) else { throw .badEndpoint(reason: "it must start with \(scheme)") }
        var rest = text.dropFirst(scheme.count)
        (user, password) = try Self.takeCredentials(from: &rest)
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        database = try Self.database(from: parts.count == 2 ? parts[1] : "")
        (host, port) = try Self.address(from: parts.first ?? "")
    }

    package var description: String {
        "redis://\(host.contains(":") ? "[\(host)]" : host):\(port)/\(database)"
    }

    private static func takeCredentials(from rest: inout Substring) throws(RedisError) -> (user: String?, password: String?) {
        guard let at = rest.lastIndex(of: "@") else { return (nil, nil) }
        let credentials = rest[..<at]
        rest = rest[rest.index(after: at)...]
        guard let colon = credentials.firstIndex(of: ":") else { throw .badEndpoint(reason: "before the @ comes user:password") }
        let user = credentials[..<colon]
        let password = credentials[credentials.index(after: colon)...]
        return (user.isEmpty ? nil : try percentDecoded(user), try percentDecoded(password))
    }

    private static func database(from text: Substring) throws(RedisError) -> Int {
        if text.isEmpty { return 0 }
        guard let number = Int(text), (0..<16_384).contains(number) else {
            throw .badEndpoint(reason: "after the host comes the number of a database, not \"\(text)\"")
        }
        return number
    }

    private static func address(from text: Substring) throws(RedisError) -> (host: String, port: UInt16) {
        var host = text
        var port: Substring?
        if text.first == "[", let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let tail = text[text.index(after: end)...]
            if tail.first == ":" { port = tail.dropFirst() }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw .badEndpoint(reason: "the host is missing") }
        guard let port else { return (String(host), 6379) }
        guard let number = UInt16(port), number > 0 else { throw .badEndpoint(reason: "the port must be 1…65535, not \"\(port)\"") }
        return (String(host), number)
    }

    private static func percentDecoded(_ text: Substring) throws(RedisError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(Substring(rest.prefix(2))), radix: 16), rest.count >= 2 else {
                throw .badEndpoint(reason: "a % in the credentials must be followed by two hexadecimal digits")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw .badEndpoint(reason: "the credentials are not UTF-8") }
        return decoded
    }
}
