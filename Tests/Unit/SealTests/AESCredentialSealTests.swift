import Crypto
import Domain
import SealAdapter
import Testing

@Suite("Sealed credentials")
struct AESCredentialSealTests {
    private let seal: AESCredentialSeal
    private let credentials = Credentials(community: Array("s3cret".utf8) + [0xFF, 0x00])

    init() throws {
        seal = AESCredentialSeal(key: try SealKey(text: SealKey.makeText()))
    }

    @Test("open with the same key, OLT and revision")
    func roundTrip() throws {
        let sealed = try seal.seal(credentials, for: OLTID(17), revision: 3)

        #expect(try seal.open(sealed, for: OLTID(17)) == credentials)
        #expect(!sealed.bytes.indices.contains { sealed.bytes[$0...].starts(with: "s3cret".utf8) })
    }

    @Test("do not open for another OLT, another revision, another key or with a changed byte")
    func bound() throws {
        let sealed = try seal.seal(credentials, for: OLTID(17), revision: 3)
        var changed = sealed.bytes
        changed[20] ^= 1
        let stranger = AESCredentialSeal(key: try SealKey(text: SealKey.makeText()))

        #expect(throws: SealError.doesNotOpen) { try seal.open(sealed, for: OLTID(18)) }
        #expect(throws: SealError.doesNotOpen) { try seal.open(SealedCredentials(bytes: sealed.bytes, revision: 4), for: OLTID(17)) }
        #expect(throws: SealError.doesNotOpen) { try seal.open(SealedCredentials(bytes: changed, revision: 3), for: OLTID(17)) }
        #expect(throws: SealError.doesNotOpen) { try stranger.open(sealed, for: OLTID(17)) }
        #expect(throws: SealError.doesNotOpen) { try seal.open(SealedCredentials(bytes: [1, 2, 3], revision: 3), for: OLTID(17)) }
    }

    @Test("of a user open as they were, and not as a community")
    func user() throws {
        let phrase = Array("s3cret-phrase".utf8)
        let user = DeviceUser(name: "reader", security: .sealed(.sha256, passphrase: phrase, .aes128, privacyPassphrase: phrase))

        let sealed = try seal.seal(Credentials(user: user), for: OLTID(17), revision: 3)

        #expect(try seal.open(sealed, for: OLTID(17)) == Credentials(user: user))
        #expect(!sealed.bytes.indices.contains { sealed.bytes[$0...].starts(with: "s3cret".utf8) })
    }

    @Test("that an earlier release sealed still open")
    func earlier() throws {
        let text = SealKey.makeText()
        let digits = Array(text.utf8)
        let bytes = stride(from: 0, to: 64, by: 2).compactMap { UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) }
        let box = try AES.GCM.seal(
            Array("public".utf8),
            using: SymmetricKey(data: bytes),
            authenticating: Array("flotilla/credentials/1/17/3".utf8)
        )
        let sealed = SealedCredentials(bytes: Array(try #require(box.combined)), revision: 3)

        let opened = try AESCredentialSeal(key: SealKey(text: text)).open(sealed, for: OLTID(17))

        #expect(opened == Credentials(community: Array("public".utf8)))
    }

    @Test("are sealed differently each time")
    func fresh() throws {
        let first = try seal.seal(credentials, for: OLTID(1), revision: 1)

        #expect(try seal.seal(credentials, for: OLTID(1), revision: 1) != first)
    }

    @Test(
        "a key of the wrong length or with other characters is refused with what is allowed",
        arguments: ["", "abcd", String(repeating: "g", count: 64)]
    )
    func badKeys(text: String) {
        let error = #expect(throws: SealError.self) { try SealKey(text: text) }

        #expect("\(error.map(String.init(describing:)) ?? "")".contains("hexadecimal"))
    }

    @Test("neither keys nor credentials show themselves when printed")
    func hidden() throws {
        #expect(!"\(credentials)".contains("s3cret"))
        #expect("\(try SealKey(text: SealKey.makeText()))" == "key(hidden)")
    }
}

@Suite("Several keys")
struct SeveralKeysTests {
    private let credentials = Credentials(community: Array("s3cret".utf8))
    private let old = SealKey.makeText()
    private let new = SealKey.makeText()

    private func seal(_ key: String, _ others: String...) throws -> AESCredentialSeal {
        AESCredentialSeal(key: try SealKey(text: key), others: try others.map { try SealKey(text: $0) })
    }

    @Test("one seals, all open, and it is told what is to be sealed again")
    func rotation() throws {
        let sealed = try seal(old).seal(credentials, for: OLTID(17), revision: 3)
        let both = try seal(new, old)

        #expect(try both.open(sealed, for: OLTID(17)) == credentials)
        #expect(!both.isCurrent(sealed, for: OLTID(17)))
        let again = try both.seal(credentials, for: OLTID(17), revision: 3)
        #expect(both.isCurrent(again, for: OLTID(17)))
        #expect(!both.isCurrent(again, for: OLTID(18)))
        #expect(try seal(new).open(again, for: OLTID(17)) == credentials)
        #expect(throws: SealError.doesNotOpen) { try seal(old).open(again, for: OLTID(17)) }
        #expect(throws: SealError.doesNotOpen) { try seal(new).open(sealed, for: OLTID(17)) }
        // A worker that has the new key beside the old one before anything is sealed with it.
        #expect(try seal(old, new).open(again, for: OLTID(17)) == credentials)
    }

    @Test("what an early release sealed without a mark opens with any key and is to be sealed again, even when a nonce looks like the mark")
    func early() throws {
        let key = try SealKey(text: old)
        let digits = Array(old.utf8)
        let bytes = stride(from: 0, to: 64, by: 2).compactMap { UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) }
        let digest = Array(SHA256.hash(data: Array("flotilla/seal-key/".utf8) + bytes).prefix(4))
        let nonces = [Array("FLS1".utf8) + digest + [1, 2, 3, 4], [UInt8](repeating: 7, count: 12)]
        for nonce in nonces {
            let box = try AES.GCM.seal(
                Array("public".utf8),
                using: SymmetricKey(data: bytes),
                nonce: AES.GCM.Nonce(data: nonce),
                authenticating: Array("flotilla/credentials/1/17/3".utf8)
            )
            let sealed = SealedCredentials(bytes: Array(try #require(box.combined)), revision: 3)
            for seal in [AESCredentialSeal(key: key), try seal(new, old)] {
                #expect(try seal.open(sealed, for: OLTID(17)) == Credentials(community: Array("public".utf8)))
                #expect(!seal.isCurrent(sealed, for: OLTID(17)))
            }
        }
    }

    @Test("a key's name tells keys apart and is no part of it")
    func names() throws {
        let (first, second) = (try SealKey(text: old), try SealKey(text: new))
        #expect(first.name.count == 8 && first.name != second.name)
        #expect(!old.contains(first.name))
        #expect(try SealKey(text: " \(old.uppercased())\n").name == first.name)
    }
}
