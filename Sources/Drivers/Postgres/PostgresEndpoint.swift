/// Where a PostgreSQL server listens, and who we are there: `postgres://user:password@host:port/database`.
///
/// A folder of Unix sockets stands in the query, as do the other parts: `postgres:///database?host=/run/postgresql&user=x`.
package struct PostgresEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// A name, an address, or the folder of a Unix socket.
    package var host: String
    package var port: UInt16
    /// `nil`: the name of the system's user.
    package var user: String?
    /// Secret: never in a log; `description` leaves it out.
    package var password: String?
    /// `nil`: the name of the user.
    package var database: String?
    /// As libpq names it: `disable`, `prefer`, `require`, `verify-ca`, `verify-full`.
    package var encryption: String

    package init(
        host: String,
        port: UInt16 = 5432,
        user: String? = nil,
        password: String? = nil,
        database: String? = nil,
        encryption: String = "prefer"
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.database = database
        self.encryption = encryption
    }

    /// Reads an endpoint from its text; special characters are percent-encoded.
    package init(_ text: String) throws(PostgresError) {
        self.init(host: "")
        guard let scheme = ["postgres://", "postgresql://"].first(where: text.hasPrefix) else {
            throw .badEndpoint(reason: "it must start with postgres://")
        }
        let parts = text.dropFirst(scheme.count).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let location = (parts.first ?? "").split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        try readAuthority(location.first ?? "")
        if location.count == 2, !location[1].isEmpty { database = try Self.decoded(location[1]) }
        if parts.count == 2 { try readQuery(parts[1]) }
        if host.isEmpty { throw .badEndpoint(reason: "the host is missing") }
    }

    /// Whether the host is the folder of a Unix socket.
    package var isLocal: Bool { host.hasPrefix("/") }

    package var description: String {
        let place = isLocal ? "" : "\(host.contains(":") ? "[\(host)]" : host):\(port)"
        return "postgres://\(place)/\(database ?? "")\(isLocal ? "?host=\(host)&port=\(port)" : "")"
    }

    private mutating func readAuthority(_ text: Substring) throws(PostgresError) {
        var rest = text
        if let at = text.lastIndex(of: "@") {
            let credentials = text[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            if let name = credentials.first, !name.isEmpty { user = try Self.decoded(name) }
            if credentials.count == 2 { password = try Self.decoded(credentials[1]) }
            rest = text[text.index(after: at)...]
        }
        if rest.first == "[", let end = rest.firstIndex(of: "]") {
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
        } else if let colon = rest.lastIndex(of: ":") {
            host = try Self.decoded(rest[..<colon])
            rest = rest[colon...]
        } else {
            host = try Self.decoded(rest)
            rest = ""
        }
        if rest.first == ":" { try readPort(rest.dropFirst()) }
    }

    private mutating func readQuery(_ text: Substring) throws(PostgresError) {
        for pair in text.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else { throw .badEndpoint(reason: "\"\(pair)\" is not name=value") }
            let value = try Self.decoded(sides[1])
            switch sides[0] {
            case "host": host = value
            case "port": try readPort(Substring(value))
            case "user": user = value
            case "password": password = value
            case "dbname": database = value
            case "sslmode": try readEncryption(value)
            default: throw .badEndpoint(reason: "the parameter \"\(sides[0])\" is not known")
            }
        }
    }

    private mutating func readEncryption(_ text: String) throws(PostgresError) {
        guard ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"].contains(text) else {
            throw .badEndpoint(reason: "sslmode must be disable, allow, prefer, require, verify-ca or verify-full")
        }
        encryption = text
    }

    private mutating func readPort(_ text: Substring) throws(PostgresError) {
        guard let number = UInt16(text), number > 0 else { throw .badEndpoint(reason: "the port must be 1…65535, not \"\(text)\"") }
        port = number
    }

    private static func decoded(_ text: Substring) throws(PostgresError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(Substring(rest.prefix(2))), radix: 16) else {
                throw .badEndpoint(reason: "a % must be followed by two hexadecimal digits")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw .badEndpoint(reason: "a part is not UTF-8") }
        return decoded
    }
}
