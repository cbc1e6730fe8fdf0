import Postgres
import Testing

@Suite("A PostgreSQL endpoint", .timeLimit(.minutes(1)))
struct PostgresEndpointTests {
    @Test("is read with all its parts")
    func parts() throws {
        let remote = try PostgresEndpoint("postgres://fleet:p%40:ss@db.example.net:6432/records?sslmode=require")
        let local = try PostgresEndpoint("postgresql:///records?host=/run/pg&user=x&port=7000")

        #expect(
            remote
                == PostgresEndpoint(
                    host: "db.example.net",
                    port: 6432,
                    user: "fleet",
                    password: "p@:ss",
                    database: "records",
                    encryption: "require"
                )
        )
        #expect(remote.description == "postgres://db.example.net:6432/records")
        #expect(local == PostgresEndpoint(host: "/run/pg", port: 7000, user: "x", database: "records"))
        #expect(local.isLocal)
        #expect(try PostgresEndpoint("postgres://[::1]/d") == PostgresEndpoint(host: "::1", database: "d"))
    }

    @Test(
        "that is wrong says where",
        arguments: [
            ("mysql://x", "it must start with postgres://"), ("postgres:///db", "the host is missing"),
            ("postgres://h:0/db", "the port must be 1…65535, not \"0\""),
            ("postgres://h/db?speed=9", "the parameter \"speed\" is not known"), ("postgres://h/db?user", "\"user\" is not name=value"),
            ("postgres://h/db?sslmode=no", "sslmode must be disable, allow, prefer, require, verify-ca or verify-full"),
        ]
    )
    func wrong(text: String, reason: String) {
        #expect(throws: PostgresError.badEndpoint(reason: reason)) { try PostgresEndpoint(text) }
    }
}
