import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// Version 3 from the command line to a real agent and back.
    @Suite("Credentials", .serialized, .timeLimit(.minutes(2)))
    struct CredentialVerbs {
        private static let secrets = ["auth-s3cret-1", "priv-s3cret-1", "auth-s3cret-2", "priv-s3cret-2"]

        private func agent() async throws -> PrivateSNMPD {
            try await TestServers.freshSNMPD(configuration: [
                "createUser reader SHA-256 auth-s3cret-1 AES priv-s3cret-1", "rouser reader priv",
                "createUser other SHA-512 auth-s3cret-2 AES-256 priv-s3cret-2", "rouser other priv",
            ])
        }

        @Test("an OLT of version 3 is entered and probed, a wrong password is a final letter, changed credentials are used at once")
        func story() async throws {
            let fleet = try await SharedFleets.up()
            let agent = try await agent()
            let name = TestServers.unique("v3")
            func olt(_ words: [String], auth: String, priv: String) async throws -> Finished {
                let phrases = ["FLOTILLA_AUTH_PASSPHRASE": auth, "FLOTILLA_PRIV_PASSPHRASE": priv]
                return try await Finished.run(
                    Programs.path("flotilla"),
                    ["olt"] + words,
                    environment: fleet.environment.merging(phrases) { $1 }
                )
            }

            let added = try await olt(
                [
                    "add", name, "127.0.0.1", "--port", "\(agent.port)", "--profile", "huawei", "--snmp-version", "v3", "--user", "reader",
                    "--auth", "sha256", "--priv", "aes128", "--json",
                ],
                auth: Self.secrets[0],
                priv: Self.secrets[1]
            )
            #expect(added.status == .code(0), "\(added)")
            #expect(try added.decoded(as: OLTShape.self).snmpVersion == "v3")
            #expect(try await fleet.cli("olt", "probe", name).status == .code(0))

            let wrong = try await olt(
                ["credentials", name, "--user", "reader", "--auth", "sha256", "--priv", "aes128"],
                auth: "another-phrase",
                priv: Self.secrets[1]
            )
            #expect(wrong.status == .code(0), "\(wrong)")
            let refused = try await fleet.cli("olt", "probe", name)
            #expect(refused.status == .code(4))
            #expect(refused.err.contains("wrong authentication password"), "\(refused)")

            let right = try await olt(
                ["credentials", name, "--user", "other", "--auth", "sha512", "--priv", "aes256"],
                auth: Self.secrets[2],
                priv: Self.secrets[3]
            )
            #expect(right.status == .code(0), "\(right)")
            let probed = try await fleet.cli("olt", "probe", name)
            #expect(probed.status == .code(0), "\(probed)")

            let audit = try await fleet.cli("audit", "list", "--verb", "olt.credentials", "--json")
            #expect(audit.out.contains(name) && audit.out.contains("authPriv"), "\(audit)")
            for text in [added, wrong, refused, right, probed, audit].map({ $0.out + $0.err }) {
                #expect(!Self.secrets.contains { text.contains($0) } && !text.contains("another-phrase"))
            }
            await agent.stop()
        }

        @Test("a device of version 3 that is not entered is asked from here, and a wrong password is told in words")
        func direct() async throws {
            let agent = try await agent()
            func probe(auth: String) async throws -> Finished {
                let phrases = ["FLOTILLA_AUTH_PASSPHRASE": auth, "FLOTILLA_PRIV_PASSPHRASE": Self.secrets[1]]
                return try await Finished.run(
                    Programs.path("flotilla"),
                    [
                        "olt", "probe", "127.0.0.1", "--port", "\(agent.port)", "--user", "reader", "--auth", "sha256", "--priv", "aes128",
                    ],
                    environment: Programs.environment.merging(phrases) { $1 }
                )
            }

            let right = try await probe(auth: Self.secrets[0])
            let wrong = try await probe(auth: "another-phrase")

            #expect(right.out.contains(agent.systemName), "\(right)")
            #expect(wrong.status != .code(0))
            #expect(wrong.err.contains("wrong authentication password"), "\(wrong)")
            #expect(!(wrong.err + wrong.out).contains("another-phrase"))
            await agent.stop()
        }

        @Test("a passphrase that is not in the environment is asked for by name, and one on the command line is not an option")
        func environment() async throws {
            let fleet = try await SharedFleets.up()

            let missing = try await fleet.cli("olt", "credentials", "nobody", "--user", "u", "--auth", "sha256")
            let spelled = try await fleet.cli("olt", "credentials", "nobody", "--user", "u", "--auth-passphrase", "x")
            let unknown = try await fleet.cli("olt", "credentials", "nobody", "--community", "public")

            #expect(missing.status == .code(2))
            #expect(missing.err.contains("FLOTILLA_AUTH_PASSPHRASE"))
            #expect(spelled.status == .code(2))
            #expect(unknown.status != .code(0))
            #expect(unknown.err.contains("nobody"))
        }
    }
}

extension BadRequest {
    /// What cannot be credentials; a secret is in no answer.
    static let credentials: [BadRequest] = [
        credentials("an unknown version", #""snmpVersion":"v4""#, "snmpVersion", "v1, v2c, v3"),
        credentials("no community", #""snmpVersion":"v2c""#, "community", "1 to 255"),
        credentials("a community for version 3", #""snmpVersion":"v3","user":"u","community":"s3cret""#, "community", "v1 or v2c"),
        credentials("a user for version 2c", #""snmpVersion":"v2c","community":"s3cret","user":"u""#, "user", "v3"),
        credentials("no user", #""snmpVersion":"v3""#, "user", "1 to 32"),
        credentials("a long user", #""user":"\#(String(repeating: "u", count: 33))""#, "user", "1 to 32"),
        credentials("an unknown protocol", #""user":"u","authentication":"rot13""#, "authentication", "md5, sha1"),
        credentials("a protocol without passphrase", #""user":"u","authentication":"md5""#, "authenticationPassphrase", "8 to 128"),
        credentials(
            "a short passphrase",
            #""user":"u","authentication":"md5","authenticationPassphrase":"s3cret""#,
            "authenticationPassphrase",
            "8 to 128"
        ),
        credentials(
            "privacy without authentication",
            #""user":"u","privacy":"des","privacyPassphrase":"s3cret-phrase""#,
            "authentication",
            "sha512"
        ),
        credentials("a passphrase without protocol", #""user":"u","privacyPassphrase":"s3cret-phrase""#, "privacy", "aes256"),
    ]

    private static func credentials(_ what: String, _ fields: String, _ field: String, _ allowed: String) -> BadRequest {
        BadRequest(
            what: "an OLT with \(what)",
            path: APIPath.olts,
            body: #"{"name":"x","address":"127.0.0.1","profile":"huawei",\#(fields)}"#,
            status: 400,
            code: "invalid_value",
            field: field,
            allowed: allowed
        )
    }
}
