package import Domain

/// A lease as the API and `--json` show it.
package struct LeaseShape: Codable, Hashable, Sendable {
    package let key: String
    /// `null`: not told, or put back after Redis forgot.
    @OrNull package var holder: String?
    package let number: Int64
    @OrNull package var acquiredAt: String?
    package let expiresAt: String
    /// By force it is not renewed any more and ends by itself.
    package let barred: Bool
    /// Tasks that wait for the key.
    package let waiters: Int

    package init(_ lease: StandingLease, waiters: Int) {
        key = lease.key.text
        holder = lease.holder
        number = lease.number.value
        acquiredAt = lease.since?.description
        expiresAt = lease.until.description
        barred = lease.isBarred
        self.waiters = waiters
    }
}

/// Asks for a lease to be ended; without `force` it is refused.
package struct ForceRequest: Codable, Hashable, Sendable {
    package let force: Bool

    package enum CodingKeys: String, CodingKey, CaseIterable { case force }

    package init(force: Bool) {
        self.force = force
    }
}

/// What a forced release did.
package struct ForcedShape: Codable, Hashable, Sendable {
    package let key: String
    /// `barred`: it ends at `freeAt` at the latest; `free`: nobody held it.
    package let answer: String
    @OrNull package var number: Int64?
    @OrNull package var holder: String?
    @OrNull package var freeAt: String?

    package init(key: ExclusionKey, _ answer: BarAnswer, now: Timestamp) {
        self.key = key.text
        switch answer {
        case .barred(let number, let holder, let left):
            self.answer = "barred"
            self.number = number.value
            self.holder = holder
            freeAt = (now + left).description
        case .free:
            self.answer = "free"
            number = nil
            holder = nil
            freeAt = nil
        }
    }
}

extension APIPath {
    package static let leases = base + "/leases"
    package static let leasesPage = "/leases"
}

extension APIPath {
    package static func lease(_ key: String) -> String { leases + "/" + segment(key) }
    package static func leaseRelease(_ key: String) -> String { lease(key) + ":release" }
    package static func lock(_ name: String, _ verb: String) -> String { locks + "/" + segment(name) + ":" + verb }

    /// Whether the path is percent-encoded already, for the sake of the key in it.
    package static func isEncoded(_ path: String) -> Bool {
        path.hasPrefix(leases + "/") || path.hasPrefix(locks + "/")
    }

    /// One segment of a path: all but unreserved characters (RFC 3986) percent-encoded.
    private static func segment(_ text: String) -> String {
        text.utf8.reduce(into: "") { encoded, byte in
            let scalar = Unicode.Scalar(byte)
            if scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "-._~".unicodeScalars.contains(scalar) {
                encoded.unicodeScalars.append(scalar)
            } else {
                encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
