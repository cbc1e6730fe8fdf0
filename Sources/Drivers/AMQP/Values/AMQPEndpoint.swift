/// Where a broker is and who logs in.
///
/// Its description never shows the password.
package struct AMQPEndpoint: Sendable, Hashable {
    package let host: String
    /// 1…65535; 5672 when the URL names none.
    package let port: Int
    package let user: String
    package let virtualHost: String
    let password: String

    package init(host: String, port: Int = 5672, user: String = "guest", password: String = "guest", virtualHost: String = "/") {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.virtualHost = virtualHost
    }

    /// Reads `amqp://user:password@host:port/vhost`, parts percent-encoded.
    ///
    /// Without a path the virtual host is `/`.
    /// - Throws: `.invalidEndpoint`, whose reason never repeats the URL.
    package init(url: String) throws(AMQPError) {
        guard let rest = url.dropping(prefix: "amqp://") else { throw .invalidEndpoint(reason: "it must begin with amqp://") }
        let authorityEnd = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<authorityEnd]
        let (userInfo, hostAndPort) = Self.split(authority)
        let (host, port) = try Self.address(hostAndPort)
        let userParts = userInfo.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let path = authorityEnd == rest.endIndex ? nil : rest[rest.index(after: authorityEnd)...]
        self.init(
            host: try Self.decoded(host),
            port: port,
            user: userInfo.isEmpty ? "guest" : try Self.decoded(userParts[0]),
            password: userInfo.isEmpty ? "guest" : userParts.count > 1 ? try Self.decoded(userParts[1]) : "",
            virtualHost: try path.flatMap { path throws(AMQPError) in path.isEmpty ? nil : try Self.decoded(path) } ?? "/"
        )
        for text in [self.host, user, password, virtualHost] where text.utf8.contains(0) {
            throw .invalidEndpoint(reason: "it contains a zero byte")
        }
    }

    private static func split(_ authority: Substring) -> (userInfo: Substring, hostAndPort: Substring) {
        guard let at = authority.lastIndex(of: "@") else { return ("", authority) }
        return (authority[..<at], authority[authority.index(after: at)...])
    }

    private static func address(_ text: Substring) throws(AMQPError) -> (host: Substring, port: Int) {
        var host = text
        var port = 5672
        let bracket = text.lastIndex(of: "]")
        if let colon = text.lastIndex(of: ":"), bracket.map({ $0 < colon }) ?? true {
            guard let number = Int(text[text.index(after: colon)...]), (1...65_535).contains(number) else {
                throw .invalidEndpoint(reason: "the port must be 1…65535")
            }
            host = text[..<colon]
            port = number
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { throw .invalidEndpoint(reason: "it names no host") }
        return (host, port)
    }

    private static func decoded(_ text: Substring) throws(AMQPError) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else {
                throw .invalidEndpoint(reason: "a % must be followed by two hexadecimal digits")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension AMQPEndpoint: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        let shownHost = host.contains(":") ? "[\(host)]" : host
        return "amqp://\(user)@\(shownHost):\(port)/\(virtualHost == "/" ? "" : virtualHost)"
    }

    package var debugDescription: String { description }

    /// Keeps the password out of `dump` and of string interpolation of types that hold an endpoint.
    package var customMirror: Mirror { Mirror(self, children: ["endpoint": description]) }
}

extension String {
    fileprivate func dropping(prefix: String) -> Substring? {
        hasPrefix(prefix) ? dropFirst(prefix.count) : nil
    }
}
