import Crypto
package import Domain

/// Seals credentials with AES-256-GCM, bound to the OLT and the revision as additional authenticated data.
///
/// One key seals; it and others open. The sealed bytes are `FLS1`, the first four bytes of the key's digest, and nonce (12), ciphertext and
/// tag (16) as `AES.GCM.SealedBox.combined` lays them out. The first releases wrote the box alone: it still opens, with any of the keys.
package struct AESCredentialSeal: CredentialSeal {
    private static let mark = Array("FLS1".utf8)

    private let key: SealKey
    private let keys: [SealKey]

    package init(key: SealKey, others: [SealKey] = []) {
        self.key = key
        keys = [key] + others
    }

    package var keyName: String { key.name }

    package func isCurrent(_ sealed: SealedCredentials, for olt: OLTID) -> Bool {
        sealed.bytes.starts(with: Self.mark + key.digest) && (try? Self.open(sealed, for: olt, with: key)) != nil
    }

    package func seal(_ credentials: Credentials, for olt: OLTID, revision: Int) throws(SealError) -> SealedCredentials {
        do {
            let binding = Self.binding(credentials.form, olt, revision)
            let box = try AES.GCM.seal(credentials.bytes, using: key.symmetric, authenticating: binding)
            guard let combined = box.combined else { throw SealError.badKey(reason: "the nonce has an unusual length") }
            return SealedCredentials(bytes: Self.mark + key.digest + Array(combined), revision: revision)
        } catch {
            throw .badKey(reason: "\(error)")
        }
    }

    package func open(_ sealed: SealedCredentials, for olt: OLTID) throws(SealError) -> Credentials {
        let named = keys.filter { sealed.bytes.starts(with: Self.mark + $0.digest) }
        for key in named {
            if let credentials = try? Self.open(sealed, for: olt, with: key) { return credentials }
        }
        // A nonce of an early release may look like the mark.
        for key in keys {
            if let credentials = Self.openBox(sealed.bytes[...], sealed.revision, for: olt, with: key) { return credentials }
        }
        throw .doesNotOpen
    }

    private static func open(_ sealed: SealedCredentials, for olt: OLTID, with key: SealKey) throws(SealError) -> Credentials {
        let box = sealed.bytes.dropFirst(mark.count + key.digest.count)
        guard let credentials = openBox(box, sealed.revision, for: olt, with: key) else { throw .doesNotOpen }
        return credentials
    }

    private static func openBox(_ bytes: ArraySlice<UInt8>, _ revision: Int, for olt: OLTID, with key: SealKey) -> Credentials? {
        guard let box = try? AES.GCM.SealedBox(combined: bytes) else { return nil }
        for form in Credentials.Form.allCases {
            guard let opened = try? AES.GCM.open(box, using: key.symmetric, authenticating: binding(form, olt, revision)),
                let credentials = Credentials(form, bytes: Array(opened))
            else { continue }
            return credentials
        }
        return nil
    }

    private static func binding(_ form: Credentials.Form, _ olt: OLTID, _ revision: Int) -> [UInt8] {
        Array("flotilla/credentials/\(form.rawValue)/\(olt.value)/\(revision)".utf8)
    }
}

/// The fleet's key for credentials: 32 bytes, written as 64 hexadecimal digits.
package struct SealKey: Sendable, CustomStringConvertible {
    let symmetric: SymmetricKey
    /// Tells keys apart and nothing about them: the beginning of a digest of the key.
    let digest: [UInt8]

    /// Reads the text of a key file or variable; white space around it is ignored.
    package init(text: String) throws(SealError) {
        let digits = text.utf8.filter { !($0 == 0x20 || (0x09...0x0D).contains($0)) }
        guard digits.count == 64 else {
            throw .badKey(reason: "the key has \(digits.count) characters; allowed: 64 hexadecimal digits (32 bytes)")
        }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: 64, by: 2) {
            guard let byte = UInt8(String(decoding: digits[place..<place + 2], as: UTF8.self), radix: 16) else {
                throw .badKey(reason: "the key holds characters other than hexadecimal digits")
            }
            bytes.append(byte)
        }
        symmetric = SymmetricKey(data: bytes)
        digest = Array(SHA256.hash(data: Array("flotilla/seal-key/".utf8) + bytes).prefix(4))
    }

    /// What people call it: eight digits of its digest.
    package var name: String { digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

    /// The text of a new key, to be written to a file.
    package static func makeText() -> String {
        unsafe SymmetricKey(size: .bits256).withUnsafeBytes { bytes in
            unsafe bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        }
    }

    package var description: String { "key(hidden)" }
}
