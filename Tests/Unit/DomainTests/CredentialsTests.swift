import Domain
import Testing

@Suite("Credentials")
struct CredentialsTests {
    private static let phrase = Array("pass-phrase".utf8)

    private static let every: [Credentials] = [
        Credentials(community: Array("public".utf8)), Credentials(community: [0, 1, 255]),
        Credentials(user: DeviceUser(name: "reader", security: .open)),
        Credentials(user: DeviceUser(name: "reader", security: .signed(.sha256, passphrase: phrase), context: "vlan-7")),
        Credentials(
            user: DeviceUser(
                name: "reader",
                security: .sealed(.sha512, passphrase: phrase, .aes256c, privacyPassphrase: Array(repeating: 7, count: 128))
            )
        ),
    ]

    @Test("come back whole from their bytes", arguments: every)
    func roundTrip(credentials: Credentials) {
        #expect(Credentials(credentials.form, bytes: credentials.bytes) == credentials)
    }

    @Test("of a user are refused when their bytes are cut anywhere, longer, or name no protocol")
    func cut() {
        for credentials in Self.every.dropFirst(2) {
            let bytes = credentials.bytes
            for count in bytes.indices { #expect(Credentials(.user, bytes: Array(bytes.prefix(count))) == nil) }
            #expect(Credentials(.user, bytes: bytes + [0, 0]) == nil)
        }
        let user = Self.every[3].bytes
        let unknown = String(decoding: user, as: UTF8.self).replacing("sha256", with: "sha999")
        #expect(Credentials(.user, bytes: Array(unknown.utf8)) == nil)
    }

    @Test("show nothing, printed or reflected")
    func hidden() {
        for credentials in Self.every {
            var dumped = ""
            dump(credentials, to: &dumped)
            dump(credentials.user, to: &dumped)
            dump(credentials.user?.security, to: &dumped)
            let text = "\(credentials) \(String(reflecting: credentials)) \(String(describing: credentials.user)) \(dumped)"
            #expect(!text.contains("phrase") && !text.contains("112") && !text.contains("public"))
        }
    }
}
