import AMQP
import Testing

@Suite("A server that is no broker, or a broken one", .timeLimit(.minutes(1)))
struct FakeBrokerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let answer: [UInt8]
        var hangsUp = false
    }

    private static let start: [UInt8] = [0, 10, 0, 10, 0, 9]
    /// connection.close 320 "gone" on channel 0.
    private static let close: [UInt8] = [1, 0, 0, 0, 0, 0, 15, 0, 10, 0, 50, 0x01, 0x40, 4] + Array("gone".utf8) + [0, 0, 0, 0, 0xCE]

    static let cases = [
        Case(testDescription: "silence", answer: []),
        Case(testDescription: "hanging up at once", answer: [], hangsUp: true),
        Case(testDescription: "another protocol version", answer: Array("AMQP".utf8) + [0, 0, 8, 0], hangsUp: true),
        Case(testDescription: "a web server", answer: Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), hangsUp: true),
        Case(testDescription: "random bytes", answer: (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ 17) }),
        Case(testDescription: "a frame of four gigabytes", answer: [1, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF] + start),
        Case(testDescription: "a frame with a wrong end", answer: [1, 0, 0, 0, 0, 0, 6] + start + [0xCD]),
        Case(testDescription: "a start frame that is too short", answer: [1, 0, 0, 0, 0, 0, 6] + start + [0xCE]),
        Case(testDescription: "a close in the handshake", answer: close, hangsUp: true),
        Case(testDescription: "a body frame out of nowhere", answer: [3, 0, 1, 0, 0, 0, 1, 7, 0xCE]),
    ]

    /// Found by TableFuzz: the error had no words either.
    @Test("a broker that ends the login without a word is told of in words")
    func speechless() async throws {
        let words: [UInt8] = [0, 0, 0, 14] + Array("AMQPLAIN PLAIN".utf8) + [0, 0, 0, 5] + Array("en_US".utf8)
        let methods: [[UInt8]] = [Self.start + [0, 0, 0, 0] + words, [0, 10, 0, 50, 0x01, 0x35, 0, 0, 0, 0, 0]]
        let frames = methods.reduce(into: [UInt8]()) { $0 += [1, 0, 0, 0, 0, 0, UInt8($1.count)] + $1 + [0xCE] }
        let fake = try FakeBroker(answer: frames, hangsUp: false)
        var settings = AMQPSettings()
        settings.handshakeTimeout = .milliseconds(500)

        let error = await #expect(throws: AMQPError.self) {
            _ = try await AMQPConnection.open(AMQPEndpoint(url: fake.url), name: "fake", settings: settings, logger: BrokerLab.logger)
        }

        #expect("\(String(describing: error))".contains("no reason was given"))
    }

    @Test("is refused with an error, in time, without harm", arguments: cases)
    func refused(example: Case) async throws {
        let fake = try FakeBroker(answer: example.answer, hangsUp: example.hangsUp)
        var settings = AMQPSettings()
        settings.handshakeTimeout = .milliseconds(500)
        settings.requestTimeout = .milliseconds(500)
        let clock = ContinuousClock()
        let start = clock.now

        let error = await #expect(throws: AMQPError.self) {
            _ = try await AMQPConnection.open(AMQPEndpoint(url: fake.url), name: "fake", settings: settings, logger: BrokerLab.logger)
        }

        #expect(clock.now - start < .seconds(10))
        switch error {
        case .unreachable, .refused, .wrongCredentials, .virtualHostUnknown: break
        default: Issue.record("another error: \(String(describing: error))")
        }
    }
}
