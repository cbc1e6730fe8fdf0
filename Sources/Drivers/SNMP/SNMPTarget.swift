/// The version of the protocol spoken with a device.
package enum SNMPVersion: String, Sendable, Hashable {
    case v1
    case v2c
    case v3
}

/// Where a device is and how it is spoken to.
///
/// Never shows its community or its user's passphrases, neither printed nor reflected.
package struct SNMPTarget: Sendable, Hashable {
    /// A numeric IPv4 or IPv6 address.
    package let address: String
    package let port: UInt16
    package let version: SNMPVersion
    /// Empty in version 3.
    package let community: [UInt8]
    /// Version 3 only.
    package let user: SNMPUser?
    /// Of the credentials: with another one the device may show other columns.
    package let revision: Int

    /// Version 1 or 2c.
    package init(address: String, port: UInt16 = 161, version: SNMPVersion = .v2c, community: [UInt8], revision: Int = 0) {
        self.address = address
        self.port = port
        self.version = version
        self.community = community
        self.revision = revision
        user = nil
    }

    /// Version 3.
    package init(address: String, port: UInt16 = 161, user: SNMPUser, revision: Int = 0) {
        self.address = address
        self.port = port
        self.user = user
        self.revision = revision
        version = .v3
        community = []
    }

    var endpoint: Endpoint { Endpoint(address: address, port: port) }
}

extension SNMPTarget: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "\(endpoint) \(version.rawValue)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["address": address, "port": port, "version": version]) }
}

/// What a device is remembered by between two sessions.
struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    let address: String
    let port: UInt16

    var description: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }
}
