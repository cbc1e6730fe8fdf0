import Crypto
import Domain
import Foundation
import NotifyAdapter
import TestSupport
import Testing
import Wire

@Suite("The webhook", .timeLimit(.minutes(1)))
struct WebhookTests {
    private func notifier(_ url: String, secret: String? = nil, limit: Duration = .seconds(10)) throws -> WebhookNotifier {
        WebhookNotifier(try #require(WebhookAddress(url)), secret: secret, limit: limit)
    }

    private func reason(_ manner: Receiver.Manner, limit: Duration = .seconds(10)) async throws -> String {
        let receiver = try Receiver(manner)
        defer { receiver.stop() }
        let error = await #expect(throws: NotifyError.self) { try await notifier(receiver.url, limit: limit).notify(violation()) }
        return error?.reason ?? ""
    }

    @Test("a violation is posted as JSON with a key that stays the same, and signed where there is a secret")
    func posts() async throws {
        let receiver = try Receiver(.status(204))
        defer { receiver.stop() }

        try await notifier(receiver.url, secret: "s3cret").notify(violation())
        try await notifier(receiver.url).notify(violation())

        let requests = receiver.requests
        #expect(requests.map { $0.header("Idempotency-Key") } == ["flotilla-violation-17", "flotilla-violation-17"])
        #expect(requests[0].head.hasPrefix("POST /hook HTTP/1.1"))
        #expect(requests[0].header("Content-Type") == "application/json")
        let code = HMAC<SHA256>.authenticationCode(for: Data(requests[0].body.utf8), using: SymmetricKey(data: Data("s3cret".utf8)))
        #expect(requests[0].header("X-Flotilla-Signature") == "sha256=" + code.map { String(format: "%02x", $0) }.joined())
        #expect(requests[1].header("X-Flotilla-Signature") == nil)
        let payload = try PayloadJSON.decode(requests[0].body)
        #expect(payload["type"] == "quota_violation")
        #expect(payload["id"] == 17)
        #expect(payload["severity"] == "HIGH")
        #expect(payload["olt"] == .object(["id": 4, "name": "OLT-KÖLN-01"]))
        #expect(payload["periodStart"] == "2026-10-21T08:00:00Z")
        #expect(payload["causes"] == .list(["unreachable"]))
    }

    @Test("any other answer is a failure that names the status; redirections are not followed", arguments: [301, 307, 400, 404, 500, 503])
    func refusals(_ status: Int) async throws {
        let receiver = try Receiver(.status(status))
        defer { receiver.stop() }
        let error = await #expect(throws: NotifyError.self) { try await notifier(receiver.url).notify(violation()) }
        #expect(error?.reason == "the webhook answered \(status)")
        #expect(receiver.requests.count == 1)
    }

    @Test("silence, a dripping answer and a body without end all end in time")
    func slow() async throws {
        let began = ContinuousClock.now
        #expect(try await reason(.silence, limit: .seconds(1)).contains("within"))
        #expect(try await reason(.drip, limit: .seconds(1)).contains("within"))
        #expect(ContinuousClock.now - began < .seconds(8) * patience)
        let receiver = try Receiver(.endless)
        defer { receiver.stop() }
        try await notifier(receiver.url, limit: .seconds(5)).notify(violation())
    }

    @Test("garbage, a closed connection and nobody at all are failures")
    func garbage() async throws {
        #expect(try await !reason(.bytes("\u{0}\u{1}what is this\r\n\r\n"), limit: .seconds(2)).isEmpty)
        #expect(try await !reason(.bytes(""), limit: .seconds(2)).isEmpty)
        let gone = try Receiver(.silence)
        gone.stop()
        try await eventually("nobody listens") {
            do {
                try await notifier(gone.url, limit: .seconds(2)).notify(violation())
                return false
            } catch let error as NotifyError {
                return error.reason.contains("cannot be reached")
            }
        }
    }

    @Test(
        "only plain addresses of http and https are taken",
        arguments: [
            "", "hook", "ftp://host/", "file:///etc/passwd", "http://", "http://user:word@host/", "http://host/\r\nX: y", "http://ho st/",
            "javascript:alert(1)", "http://host/#part",
        ]
    )
    func addresses(_ text: String) {
        #expect(WebhookAddress(text) == nil)
    }

    @Test("usual addresses are taken", arguments: ["http://127.0.0.1:8080/hook", "https://example.net/a/b?token=x", "HTTPS://[::1]:8443/"])
    func goodAddresses(_ text: String) {
        #expect(WebhookAddress(text) != nil)
    }
}
