import Redis
import Testing

@Suite("A Redis endpoint", .timeLimit(.minutes(1)))
struct RedisEndpointTests {
    @Test("is read with all its parts")
    func parts() throws {
        let endpoint = try RedisEndpoint("redis://fleet:p%40ss@example.net:6380/7")

        #expect(endpoint == RedisEndpoint(host: "example.net", port: 6380, database: 7, user: "fleet", password: "p@ss"))
        #expect(endpoint.description == "redis://example.net:6380/7")
        #expect(try RedisEndpoint("redis://localhost") == RedisEndpoint(host: "localhost"))
        #expect(try RedisEndpoint("redis://[::1]:7000") == RedisEndpoint(host: "::1", port: 7000))
    }

    @Test(
        "that is wrong says where",
        arguments: [
            ("http://x", "it must start with redis://"), ("redis://", "the host is missing"),
            ("redis://h:99999", "the port must be 1…65535, not \"99999\""),
            ("redis://h/a", "after the host comes the number of a database, not \"a\""),
            ("redis://user@h", "before the @ comes user:password"),
            ("redis://:%zz@h", "a % in the credentials must be followed by two hexadecimal digits"),
        ]
    )
    func wrong(text: String, reason: String) {
        #expect(throws: RedisError.badEndpoint(reason: reason)) { try RedisEndpoint(text) }
    }
}
