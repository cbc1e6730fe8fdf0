import Reactor
import Testing

@testable import AMQP

@Suite("What the broker refuses", .timeLimit(.minutes(1)))
struct ErrorTests {
    private func failure(_ code: Int, lost: Bool = false) -> AMQPFailure {
        AMQPFailure(operation: "declare queue q", endpoint: "amqp://u@h:5672/", code: code, text: "because", connectionLost: lost)
    }

    @Test("every reply code becomes the error a caller can act on")
    func codes() {
        #expect(AMQPError.refusal(failure(403), atLogin: true) == .wrongCredentials(failure(403)))
        #expect(AMQPError.refusal(failure(403), atLogin: false) == .accessRefused(failure(403)))
        #expect(AMQPError.refusal(failure(404), atLogin: false) == .notFound(failure(404)))
        #expect(AMQPError.refusal(failure(405), atLogin: false) == .resourceLocked(failure(405)))
        #expect(AMQPError.refusal(failure(406), atLogin: false) == .preconditionFailed(failure(406)))
        #expect(AMQPError.refusal(failure(530), atLogin: true) == .virtualHostUnknown(failure(530)))
        #expect(AMQPError.refusal(failure(530), atLogin: false) == .refused(failure(530)))
        #expect(AMQPError.refusal(failure(540), atLogin: false) == .notImplemented(failure(540)))
        #expect(AMQPError.refusal(failure(320, lost: true), atLogin: false).retry == .rebuild)
    }

    @Test("an error tells operation, endpoint, code and the broker's words, and what to do next")
    func words() {
        let error = AMQPError.preconditionFailed(failure(406))

        #expect("\(error)" == "declare queue q was refused by amqp://u@h:5672/: because (406)")
        #expect(error.retry == .never)
        #expect(AMQPError.resourceLocked(failure(405)).retry == .after(.seconds(1)))
        #expect(AMQPError.connectionLost(failure(-9)).retry == .rebuild)
        #expect(AMQPError.invalidEndpoint(reason: "why").failure == nil)
    }
}
