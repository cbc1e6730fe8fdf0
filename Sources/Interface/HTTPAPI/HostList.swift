/// The names under which this API may be asked for.
///
/// A page of a foreign site can make a browser send requests to a loopback address (a name of its own that resolves to it,
/// "DNS rebinding"); the name stands in the request, so those are told apart by it.
struct HostList: Sendable {
    /// Further names, in lower case without port.
    let configured: Set<String>

    init(_ configured: [String]) {
        self.configured = Set(configured.map { $0.lowercased() })
    }

    static let allowed = "localhost, a loopback address, or a name of flotilla.http.hosts"

    /// Whether `authority`, a name or address with or without a port, is one of ours.
    func contains(authority: String) -> Bool {
        guard let name = Self.name(of: authority.lowercased()) else { return false }
        return Loopback.contains(name) || name.hasSuffix(".localhost") || configured.contains(name)
    }

    /// Whether a page of this origin (`http://localhost:7070`) may ask; `null` may not.
    func contains(origin: String) -> Bool {
        guard let end = origin.firstRange(of: "://"), ["http", "https"].contains(origin[..<end.lowerBound].lowercased()) else {
            return false
        }
        return contains(authority: String(origin[end.upperBound...]))
    }

    /// The name without its port.
    private static func name(of authority: String) -> String? {
        let name: Substring
        let rest: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            name = authority[authority.index(after: authority.startIndex)..<end]
            rest = authority[authority.index(after: end)...]
        } else {
            let end = authority.firstIndex(of: ":") ?? authority.endIndex
            name = authority[..<end]
            rest = authority[end...]
        }
        guard rest.isEmpty || (rest.first == ":" && UInt16(rest.dropFirst()) != nil) else { return nil }
        return String(name)
    }
}
