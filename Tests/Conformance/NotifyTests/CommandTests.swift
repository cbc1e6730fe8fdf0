import Domain
import Foundation
import NotifyAdapter
import Reactor
import TestSupport
import Testing
import Wire

@Suite("Command and mail", .timeLimit(.minutes(1)))
struct CommandTests {
    private static let pool = BlockingPool(name: "notify-tests", threads: 2, queueMax: 16)

    @Test("a command gets the violation on its input, its own arguments without a shell, and none of our settings")
    func command() async throws {
        setenv("FLOTILLA_SEAL_KEY", "secret", 1)
        let folder = try Folder()
        let program = try folder.program("page", "cat > \(folder.path)/input; env > \(folder.path)/env; echo \"$@\" > \(folder.path)/words")

        try await CommandNotifier([program, "a b", "$(id)"], pool: Self.pool).notify(violation())

        #expect(try PayloadJSON.decode(folder.text("input") ?? "")["id"] == 17)
        #expect(folder.text("words") == "a b $(id)\n")
        #expect(folder.text("env")?.contains("FLOTILLA_SEAL_KEY") == false)
    }

    @Test("a command that fails says why, and its output is bounded")
    func failing() async throws {
        let folder = try Folder()
        let program = try folder.program("page", "echo no paper; yes | head -c 3000000; exit 3")
        let error = await #expect(throws: NotifyError.self) {
            try await CommandNotifier([program], pool: Self.pool).notify(violation())
        }
        let reason = try #require(error?.reason)
        #expect(reason.contains("exit code 3"))
        #expect(reason.contains("no paper"))
        #expect(reason.utf8.count < 3_000)

        let missing = await #expect(throws: NotifyError.self) {
            try await CommandNotifier(["/nowhere/page"], pool: Self.pool).notify(violation())
        }
        #expect(missing?.reason.contains("/nowhere/page") == true)
    }

    @Test("a command that does not end is killed with all it started")
    func hanging() async throws {
        let folder = try Folder()
        let program = try folder.program("page", "sleep 600 & echo $! > \(folder.path)/child; sleep 600")
        let error = await #expect(throws: NotifyError.self) {
            try await CommandNotifier([program], limit: .seconds(1), pool: Self.pool).notify(violation())
        }
        #expect(error?.reason.contains("was killed") == true)
        let child = try #require(folder.text("child").flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) })
        try await eventually("its child is gone") { kill(child, 0) != 0 }
    }

    @Test("what a command leaves running does not hold us")
    func leavingBehind() async throws {
        let folder = try Folder()
        let program = try folder.program("page", "sleep 5 & exit 0")
        let began = ContinuousClock.now
        try await CommandNotifier([program], pool: Self.pool).notify(violation())
        #expect(ContinuousClock.now - began < .seconds(4) * patience)
    }

    @Test("a mail is a message that any reader takes; names of OLTs never become headers")
    func mail() async throws {
        let folder = try Folder()
        let sendmail = try folder.program("sendmail", "echo \"$@\" > \(folder.path)/words; cat > \(folder.path)/mail")
        let notifier = MailNotifier(
            from: try #require(MailAddress("flotilla@example.net")),
            to: try #require(MailAddress.list("noc@example.net, boss@example.net")),
            sendmail: sendmail,
            pool: Self.pool
        )

        try await notifier.notify(violation(oltName: "OLT\r\nBcc: evil@example.org\r\n\r\nÄÖÜ \(String(repeating: "é", count: 100))"))

        #expect(folder.text("words") == "-t -i\n")
        let mail = try #require(folder.text("mail"))
        let parts = mail.split(separator: "\n\n", maxSplits: 1).map(String.init)
        let head = parts[0].replacing("\n ", with: " ")
        #expect(!mail.contains("evil@example.org"))
        #expect(
            head.split(separator: "\n").map { $0.prefix { $0 != ":" } } == [
                "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
                "Content-Transfer-Encoding",
            ]
        )
        #expect(head.contains("To: noc@example.net, boss@example.net"))
        #expect(head.contains("Date: Wed, 21 Oct 2026 09:00:15 +0000"))
        #expect(mail.utf8.allSatisfy { $0 < 0x80 })
        #expect(mail.split(separator: "\n").allSatisfy { $0.utf8.count <= 78 })
        let body = try #require(Data(base64Encoded: parts[1].replacing("\n", with: "")))
        let text = String(decoding: body, as: UTF8.self)
        #expect(text.contains("Severity:    HIGH"))
        #expect(text.contains("\"type\":\"quota_violation\""))
        #expect(mail.contains("Subject: =?utf-8?B?"))
    }

    @Test(
        "only plain addresses are taken",
        arguments: ["", "a", "a@", "@b", "a@b@c", "a b@c", "a@b\r\nBcc: x@y", "-oX@b", "a..b@c", "ä@b", "<a@b>"]
    )
    func addresses(_ text: String) {
        #expect(MailAddress(text) == nil)
    }
}
