package import Domain

/// A seal that keeps no secret: it binds credentials to key, OLT and revision, and notices every changed byte, but hides nothing.
package struct MemorySeal: CredentialSeal {
    private let key: UInt64

    package init(key: UInt64 = 1) {
        self.key = key
    }

    package func seal(_ credentials: Credentials, for olt: OLTID, revision: Int) throws(SealError) -> SealedCredentials {
        let plain = [UInt8(credentials.form.rawValue)] + credentials.bytes
        return SealedCredentials(bytes: mark(plain, olt, revision) + plain, revision: revision)
    }

    package func open(_ sealed: SealedCredentials, for olt: OLTID) throws(SealError) -> Credentials {
        let plain = sealed.bytes.dropFirst(8)
        guard sealed.bytes.count > 8, Array(sealed.bytes.prefix(8)) == mark(Array(plain), olt, sealed.revision),
            let form = plain.first.flatMap({ Credentials.Form(rawValue: Int($0)) }),
            let credentials = Credentials(form, bytes: Array(plain.dropFirst()))
        else { throw .doesNotOpen }
        return credentials
    }

    /// Eight bytes over everything the seal is bound to (FNV-1a).
    private func mark(_ plain: [UInt8], _ olt: OLTID, _ revision: Int) -> [UInt8] {
        let bound = [key, UInt64(bitPattern: olt.value), UInt64(bitPattern: Int64(revision))].flatMap(Self.bytes)
        let hash = (bound + plain).reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        return Self.bytes(hash)
    }

    private static func bytes(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (UInt64($0) * 8)) } }
}
