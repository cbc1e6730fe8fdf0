/// What a device of version 3 said about its engine; kept between its sessions.
struct SNMPEngineFacts: Sendable, Hashable {
    let id: [UInt8]
    let boots: UInt32
    /// Seconds since its last boot, when it was heard last.
    let time: UInt32
    let heardAt: ContinuousClock.Instant
}

/// Which address showed which engine: two addresses with one engine are a fault of the devices, or one device moved.
struct EngineRegistry: Sendable {
    private let most: Int
    private var owners: [[UInt8]: Endpoint] = [:]
    private(set) var shared: [SharedEngine] = []

    /// Conflicts that are kept to be shown.
    static let sharedMax = 256

    init(most: Int) {
        self.most = most
    }

    /// - Returns: the conflict, the first time that these two show one engine.
    mutating func meet(_ id: [UInt8], at endpoint: Endpoint) -> SharedEngine? {
        guard let owner = owners[id] else {
            if owners.count >= most, let any = owners.keys.first { owners[any] = nil }
            owners[id] = endpoint
            return nil
        }
        guard owner != endpoint else { return nil }
        let conflict = SharedEngine(id: id, first: owner.description, second: endpoint.description)
        guard !shared.contains(conflict), shared.count < Self.sharedMax else { return nil }
        shared.append(conflict)
        return conflict
    }
}

/// Two addresses that show one engine id; both go on to be asked, each with its own clock and keys.
package struct SharedEngine: Sendable, Hashable {
    package let id: [UInt8]
    package let first: String
    package let second: String
}

extension SharedEngine: CustomStringConvertible {
    package var description: String { "\(first) and \(second) show the engine id \(hexadecimal)" }

    package var hexadecimal: String {
        id.map { octet in (octet < 16 ? "0" : "") + String(octet, radix: 16) }.joined()
    }
}
