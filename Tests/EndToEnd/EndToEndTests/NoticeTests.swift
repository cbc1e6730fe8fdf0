import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// A missed quota, from the period's end to whoever is to know.
    @Suite("Notices of violations", .serialized, .timeLimit(.minutes(3)))
    struct Notices {
        private static let receiver = """
            import http.server, sys

            class Hook(http.server.BaseHTTPRequestHandler):
                def do_POST(self):
                    body = self.rfile.read(int(self.headers["Content-Length"]))
                    with open(sys.argv[2], "ab") as out:
                        out.write(self.headers["Idempotency-Key"].encode() + b" " + body + b"\\n")
                    self.send_response(204)
                    self.end_headers()

            http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Hook).serve_forever()
            """

        private func program(_ name: String, _ line: String, in folder: ScratchFolder) throws -> String {
            let path = try folder.write("#!/bin/sh\n\(line)\n", to: name)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            return path
        }

        @Test("an OLT that never answers is told of by webhook, command and mail, each once; notifiedAt is set, the journal has it")
        func everywhere() async throws {
            let scratch = try ScratchFolder("notices")
            let port = try FreePort.tcp()
            let script = try scratch.write(Self.receiver, to: "receiver.py")
            let hook = ChildProcess(
                ChildProcess.Command(
                    "/usr/bin/python3",
                    [script, "\(port)", scratch.file("posted")],
                    environment: Programs.environment,
                    log: scratch.file("hook.log")
                )
            )
            try hook.start()
            let page = try program("page", "cat >> \(scratch.file("paged")); echo >> \(scratch.file("paged"))", in: scratch)
            let sendmail = try program("sendmail", "cat >> \(scratch.file("mailed"))", in: scratch)
            let own = try await OwnFleet.start(
                workers: 1,
                extra: [
                    "FLOTILLA_COORDINATOR_PERIOD_SECONDS": "10", "FLOTILLA_COORDINATOR_EVERY_MS": "500",
                    "FLOTILLA_COORDINATOR_LOG_FOLDER": scratch.file("logs"), "FLOTILLA_NOTIFY_WEBHOOK": "http://127.0.0.1:\(port)/hook",
                    "FLOTILLA_NOTIFY_COMMAND": "[\"\(page)\"]", "FLOTILLA_NOTIFY_MAIL_TO": "noc@example.net",
                    "FLOTILLA_NOTIFY_SENDMAIL": sendmail,
                ]
            )
            let fleet = own.fleet
            let added = try await fleet.cli(
                "olt",
                "add",
                "OLT-DEAD",
                "127.0.9.88",
                "--port",
                "9",
                "--profile",
                "huawei",
                "--community",
                "public",
                "--operation",
                "discovery=2/h"
            )
            #expect(added.status == .code(0), "\(added)")

            let violation = try await eventually("a violation that people know of", within: .seconds(60), poll: .milliseconds(250)) {
                let list = try await fleet.cliJSON("violations", as: Listing<ViolationShape>.self)
                return list.items.last { $0.notifiedAt != nil }
            }
            #expect(violation.severity == "CRITICAL")
            let key = "flotilla-violation-\(violation.id) "
            let posted = try scratch.text("posted").split(separator: "\n").filter { $0.hasPrefix(key) }
            #expect(posted.count == 1)
            #expect(posted.first?.contains("\"OLT-DEAD\"") == true)
            let paged = try scratch.text("paged").split(separator: "\n").filter { $0.contains("\"id\":\(violation.id),") }
            #expect(paged.count == 1)
            let mailed = try scratch.text("mailed")
            #expect(mailed.components(separatedBy: "Message-ID: <flotilla-violation-\(violation.id)-").count == 2)
            #expect(mailed.contains("To: noc@example.net"))
            let journal = try scratch.text("logs/main.log")
            #expect(journal.contains("[CRITICAL] coordinator."), "\(journal.suffix(2000))")
            #expect(journal.contains("[INFO] coordinator.notify: told of violation \(violation.id) of OLT-DEAD"))
            #expect(
                journal.split(separator: "\n").allSatisfy {
                    $0.wholeMatch(of: /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[[A-Z]+\] [a-z._]+: .*/) != nil
                }
            )
            await hook.stop()
        }
    }
}
