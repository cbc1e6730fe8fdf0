/// The key of an OLT in Flotilla's record; leases and tasks refer to it as `olt:<id>`.
package struct OLTID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: Int64

    package init(_ value: Int64) {
        self.value = value
    }

    package static func < (left: OLTID, right: OLTID) -> Bool { left.value < right.value }

    package var description: String { "olt:\(value)" }
}

/// A device at the head of a passive optical network, as an operator entered it.
package struct OLT: Hashable, Sendable {
    /// Instead of a profile's name: the device is asked which one fits.
    package static let anyProfile = "auto"

    package let id: OLTID
    /// Unique; what people type.
    package let name: String
    package let address: DeviceAddress
    package let version: SNMPVersion
    package let profile: String
    package let enabled: Bool
    package let limits: DeviceLimits
    package let credentials: SealedCredentials
    /// Words of the operator's own, to choose many by.
    package let labels: [String: String]

    package init(
        id: OLTID,
        name: String,
        address: DeviceAddress,
        version: SNMPVersion,
        profile: String,
        enabled: Bool,
        limits: DeviceLimits,
        credentials: SealedCredentials,
        labels: [String: String] = [:]
    ) {
        self.id = id
        self.name = name
        self.address = address
        self.version = version
        self.profile = profile
        self.enabled = enabled
        self.limits = limits
        self.credentials = credentials
        self.labels = labels
    }

    /// Whether it can be a name: digits alone are an id.
    package static func isName(_ text: String) -> Bool {
        !text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// The same OLT with other credentials.
    package func changed(version: SNMPVersion, credentials: SealedCredentials) -> OLT {
        OLT(
            id: id,
            name: name,
            address: address,
            version: version,
            profile: profile,
            enabled: enabled,
            limits: limits,
            credentials: credentials,
            labels: labels
        )
    }

    /// What a worker needs to reach this OLT.
    package var access: DeviceAccess {
        DeviceAccess(olt: id, name: name, address: address, version: version, profile: profile, limits: limits, credentials: credentials)
    }
}

/// The part of an OLT that travels with a task.
///
/// No clear secret is ever in it.
package struct DeviceAccess: Hashable, Sendable {
    package let olt: OLTID
    package let name: String
    package let address: DeviceAddress
    package let version: SNMPVersion
    package let profile: String
    package let limits: DeviceLimits
    package let credentials: SealedCredentials

    package init(
        olt: OLTID,
        name: String,
        address: DeviceAddress,
        version: SNMPVersion,
        profile: String,
        limits: DeviceLimits,
        credentials: SealedCredentials
    ) {
        self.olt = olt
        self.name = name
        self.address = address
        self.version = version
        self.profile = profile
        self.limits = limits
        self.credentials = credentials
    }
}

/// A numeric IPv4 or IPv6 address, or a host name, and a UDP port.
package struct DeviceAddress: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: UInt16

    package init(host: String, port: UInt16 = 161) {
        self.host = host
        self.port = port
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// The protocol versions spoken today.
package enum SNMPVersion: String, CaseIterable, Hashable, Sendable {
    case v1
    case v2c
    case v3
}

/// How gently an OLT is treated.
package struct DeviceLimits: Hashable, Sendable {
    /// Requests a second, 1…1000.
    package let pdusPerSecond: Int
    /// Rows asked for in one GETBULK at most, 1…100.
    package let repetitionsMax: Int
    /// Tries of one request, 1…10.
    package let attempts: Int
    /// How long nobody asks it after an unclean end, if longer than the lease store waits anyway; 0…60 s.
    ///
    /// It counts as part of the attempt that waits.
    package let quietGap: Duration?

    package static let pdusPerSecondAllowed = 1...1000
    package static let repetitionsMaxAllowed = 1...100
    package static let attemptsAllowed = 1...10
    package static let quietGapAllowed: ClosedRange<Duration> = .zero ... .seconds(60)

    package init(pdusPerSecond: Int = 50, repetitionsMax: Int = 25, attempts: Int = 4, quietGap: Duration? = nil) {
        self.pdusPerSecond = pdusPerSecond
        self.repetitionsMax = repetitionsMax
        self.attempts = attempts
        self.quietGap = quietGap
    }
}

/// Credentials as they stand in rows, messages and letters: AES-256-GCM, bound to OLT id and revision.
package struct SealedCredentials: Hashable, Sendable, CustomStringConvertible {
    /// Nonce, ciphertext and tag.
    package let bytes: [UInt8]
    /// Grows with each change; part of what the seal is bound to.
    package let revision: Int

    package init(bytes: [UInt8], revision: Int) {
        self.bytes = bytes
        self.revision = revision
    }

    package var description: String { "sealed(revision \(revision))" }
}
