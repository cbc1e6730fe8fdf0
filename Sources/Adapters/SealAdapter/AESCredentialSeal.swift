import Crypto
package import Domain

/// Seals credentials with AES-256-GCM, bound to the OLT and the revision as additional authenticated data.
///
/// The sealed bytes are nonce (12), ciphertext and tag (16), as `AES.GCM.SealedBox.combined` lays them out.
package struct AESCredentialSeal: CredentialSeal {
    private let key: SymmetricKey

    package init(key: SealKey) {
        self.key = key.symmetric
    }

    package func seal(_ credentials: Credentials, for olt: OLTID, revision: Int) throws(SealError) -> SealedCredentials {
        do {
            let box = try AES.GCM.seal(credentials.bytes, using: key, authenticating: Self.binding(credentials.form, olt, revision))
            guard let combined = box.combined else { throw SealError.badKey(reason: "the nonce has an unusual length") }
            return SealedCredentials(bytes: Array(combined), revision: revision)
        } catch {
            throw .badKey(reason: "\(error)")
        }
    }

    package func open(_ sealed: SealedCredentials, for olt: OLTID) throws(SealError) -> Credentials {
        guard let box = try? AES.GCM.SealedBox(combined: sealed.bytes) else { throw .doesNotOpen }
        for form in Credentials.Form.allCases {
            guard let bytes = try? AES.GCM.open(box, using: key, authenticating: Self.binding(form, olt, sealed.revision)),
                let credentials = Credentials(form, bytes: Array(bytes))
            else { continue }
            return credentials
        }
        throw .doesNotOpen
    }

    private static func binding(_ form: Credentials.Form, _ olt: OLTID, _ revision: Int) -> [UInt8] {
        Array("flotilla/credentials/\(form.rawValue)/\(olt.value)/\(revision)".utf8)
    }
}

/// The fleet's key for credentials: 32 bytes, written as 64 hexadecimal digits.
package struct SealKey: Sendable, CustomStringConvertible {
    let symmetric: SymmetricKey

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
    }

    /// The text of a new key, to be written to a file.
    package static func makeText() -> String {
        unsafe SymmetricKey(size: .bits256).withUnsafeBytes { bytes in
            unsafe bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        }
    }

    package var description: String { "key(hidden)" }
}
