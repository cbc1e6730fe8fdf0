import AMQP
import Testing

@Suite("A broker's endpoint", .timeLimit(.minutes(1)))
struct EndpointTests {
    @Test("is read with all its parts")
    func parts() throws {
        let endpoint = try AMQPEndpoint(url: "amqp://fl%40et:p%2Fss:word@broker.example:5673/%2Fprod")

        #expect(endpoint == AMQPEndpoint(host: "broker.example", port: 5673, user: "fl@et", password: "p/ss:word", virtualHost: "/prod"))
        #expect(try AMQPEndpoint(url: "amqp://host") == AMQPEndpoint(host: "host"))
        #expect(try AMQPEndpoint(url: "amqp://host/") == AMQPEndpoint(host: "host"))
        #expect(try AMQPEndpoint(url: "amqp://[::1]:7000/a") == AMQPEndpoint(host: "::1", port: 7000, virtualHost: "a"))
    }

    @Test("never shows its password, however it is printed")
    func secret() throws {
        let endpoint = try AMQPEndpoint(url: "amqp://user:hush@host/v")
        struct Holder { let endpoint: AMQPEndpoint }
        var dumped = ""
        dump(Holder(endpoint: endpoint), to: &dumped)

        for text in ["\(endpoint)", String(reflecting: endpoint), "\(Holder(endpoint: endpoint))", dumped] {
            #expect(!text.contains("hush"))
        }
        #expect("\(endpoint)" == "amqp://user@host:5672/v")
    }

    @Test(
        "that is wrong says why without repeating itself",
        arguments: [
            "http://x", "amqp://", "amqp://u:hush@:5672/", "amqp://u:hush@h:0/", "amqp://u:hush@h:x/", "amqp://u:hush%zz@h/",
            "amqp://u:hush%00@h/",
        ]
    )
    func wrong(url: String) {
        let error = #expect(throws: AMQPError.self) { try AMQPEndpoint(url: url) }

        guard case .invalidEndpoint(let reason) = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(!reason.contains("hush"))
    }
}
