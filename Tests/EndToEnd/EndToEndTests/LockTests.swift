import APIContract
import Foundation
import FoundationNetworking
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// Locks as a shell, a program and a client of an older system use them; leases as people see them.
    @Suite("Locks and leases", .serialized, .timeLimit(.minutes(3)))
    struct Locks {
        private func acquire(_ fleet: Fleet, _ key: String, _ holder: String, ttl: String = "30s") async throws -> Reply {
            try await fleet.api.post(APIPath.lock(key, "acquire"), #"{"holder": "\#(holder)", "ttl": "\#(ttl)"}"#)
        }

        @Test("commands under one lock never overlap, and each has a larger fence than the one before")
        func neverTwo() async throws {
            let fleet = try await SharedFleets.up()
            let scratch = try ScratchFolder("lock")
            let key = TestServers.unique("lock")
            let inside = scratch.file("inside")
            let script = """
                mkdir "\(inside)" || echo overlap >> "\(scratch.file("log"))"
                echo $FLOTILLA_LOCK_FENCE >> "\(scratch.file("log"))"
                sleep 0.3
                rmdir "\(inside)"
                """

            let codes = try await withThrowingTaskGroup(of: ProcessExit.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        try await fleet.cli("lock", "run", key, "--wait", "60s", "--", "sh", "-c", script, within: .seconds(90)).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(codes == [.code(0), .code(0), .code(0)])
            let lines = try scratch.text("log").split(separator: "\n").map(String.init)
            let fences = lines.compactMap { Int($0) }
            #expect(lines.count == 3 && fences.count == 3, "\(lines)")
            #expect(fences == fences.sorted() && Set(fences).count == 3)
        }

        @Test("a holder that is killed takes its command along, and the lock is free when its time is over")
        func killed() async throws {
            let fleet = try await SharedFleets.up()
            let scratch = try ScratchFolder("lock")
            let key = TestServers.unique("lock")
            let words = [
                "lock", "run", key, "--ttl", "3s", "--holder", "victim", "--", "sh", "-c",
                "echo $$ > \(scratch.file("pid")); exec sleep 60",
            ]
            let holder = ChildProcess(
                ChildProcess.Command(try Programs.path("flotilla"), words, environment: fleet.environment, log: scratch.file("out"))
            )
            try holder.start()
            let pid = try await eventually("the command runs") { Int32(try scratch.text("pid").split(separator: "\n").first ?? "") }
            let busy = try await fleet.cli("lock", "run", key, "--", "true")
            #expect(busy.status == .code(6), "\(busy)")
            #expect(busy.err.contains("victim"))

            // The holder alone, not its group.
            kill(try #require(holder.pid), SIGKILL)

            try await eventually("the command is gone", within: .seconds(15)) { kill(pid, 0) != 0 }
            let after = try await fleet.cli("lock", "run", key, "--wait", "20s", "--", "true")
            #expect(after.status == .code(0), "\(after)")
        }

        @Test("a lock that is lost ends the command before it ends itself; the force is in the audit")
        func lost() async throws {
            let fleet = try await SharedFleets.up()
            let scratch = try ScratchFolder("lock")
            let key = TestServers.unique("lock")
            let script =
                "trap 'echo told > \(scratch.file("told")); exit 0' TERM; echo up > \(scratch.file("up")); while :; do sleep 0.05; done"
            async let run = fleet.cli(
                "lock",
                "run",
                key,
                "--ttl",
                "9s",
                "--holder",
                "victim",
                "--",
                "sh",
                "-c",
                script,
                within: .seconds(40)
            )
            try await eventually("the command runs") { try scratch.text("up").isEmpty == false }
            let shown: LeaseShape = try await fleet.cliJSON("leases", "show", "lock:\(key)")
            #expect(shown.holder == "victim")
            #expect(shown.acquiredAt != nil)
            #expect(shown.waiters == 0)

            let unsure = try await fleet.cli("leases", "release", "lock:\(key)")
            #expect(unsure.status == .code(2), "\(unsure)")
            #expect(unsure.err.contains("--force"))
            let forced: ForcedShape = try await fleet.cliJSON("leases", "release", "lock:\(key)", "--force")
            #expect(forced.answer == "barred")
            #expect(forced.holder == "victim")

            let finished = try await run
            #expect(finished.status == .code(1), "\(finished)")
            #expect(try scratch.text("told") == "told\n")
            let end = try #require(forced.freeAt)
            #expect(Date.now < (try Date(end, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))))
            let audit: Listing<AuditShape> = try await fleet.cliJSON("audit", "list", "--subject", "lock:\(key)")
            let entry = try #require(audit.items.first)
            #expect(entry.verb == "lease.release")
            #expect(entry.actor.hasPrefix("local:"))
        }

        @Test("the command's code is passed on, and what cannot be done has its own")
        func codes() async throws {
            let fleet = try await SharedFleets.up()
            let key = TestServers.unique("lock")
            #expect(try await fleet.cli("lock", "run", key, "--", "sh", "-c", "exit 7").status == .code(7))
            #expect(try await fleet.cli("lock", "run", key, "--", "sh", "-c", "kill -9 $$").status == .code(137))
            #expect(try await fleet.cli("lock", "run", key, "--", "no-such-program").status == .code(127))
            #expect(try await fleet.cli("lock", "run", key, "--url", "http://127.0.0.1:1", "--", "true").status == .code(4))
            #expect(try await fleet.cli("lock", "run", key, "--ttl", "2h", "--", "true").status == .code(2))
            #expect(try await fleet.cli("lock", "run", key).status == .code(2))
            #expect(try await fleet.cli("leases", "show", key).status == .code(3))
        }

        @Test("over HTTP a lock is taken, renewed and given back with its fence and token alone; keys are percent-encoded")
        func overHTTP() async throws {
            let fleet = try await SharedFleets.up()
            let key = "olt:17/ä " + TestServers.unique("k")
            let taken = try await acquire(fleet, key, "ada")
            #expect(taken.status == 200, "\(taken)")
            let lock = try taken.decoded(as: LockShape.self)
            let refused = try await acquire(fleet, key, "bob")
            #expect(refused.status == 409)
            let refusal = try refused.decoded(as: LockRefusal.self)
            #expect(refusal.holder == "ada" && refusal.fence == lock.fence && refusal.code == "lock_busy")

            let wrong = #"{"fence": \#(lock.fence), "token": "0000000000000000"}"#
            #expect(try await fleet.api.post(APIPath.lock(key, "release"), wrong).status == 409)
            let renewal = #"{"fence": \#(lock.fence), "token": "\#(lock.token)", "ttl": "60s"}"#
            #expect(try await fleet.api.post(APIPath.lock(key, "renew"), renewal).status == 200)
            let list = try await fleet.api.get("\(APIPath.leases)?text=ada&limit=10", as: Listing<LeaseShape>.self)
            #expect(list.items.isEmpty)
            let shown: LeaseShape = try await fleet.api.get(APIPath.lease("lock:" + key))
            #expect(shown.number == lock.fence && shown.holder == "ada")
            #expect(try await fleet.api.get("/leases").text.contains("lock:olt:17/ä"))
            let own = #"{"fence": \#(lock.fence), "token": "\#(lock.token)"}"#
            #expect(try await fleet.api.post(APIPath.lock(key, "release"), own).status == 200)
            #expect(try await fleet.api.get(APIPath.lease("lock:" + key)).status == 404)
        }

        @Test(
            "bad requests for locks say which field is wrong and what is allowed",
            arguments: [
                (#"{"holder": "ada", "ttl": "500ms"}"#, "ttl"), (#"{"holder": "ada", "ttl": "61m"}"#, "ttl"),
                (#"{"holder": "ada", "ttl": "30"}"#, "ttl"), (#"{"holder": "", "ttl": "30s"}"#, "holder"),
                (#"{"holder": "ada", "ttl": "30s", "wait": "31s"}"#, "wait"), (#"{"holder": "ada"}"#, "ttl"),
                (#"{"holder": "ada", "ttl": "30s", "colour": 1}"#, "colour"), ("[]", nil), ("{", nil),
            ]
        )
        func bad(_ body: String, _ field: String?) async throws {
            let fleet = try await SharedFleets.up()
            let reply = try await fleet.api.post(APIPath.lock("bad", "acquire"), body)
            #expect(reply.status == 400, "\(reply)")
            #expect(try reply.decoded(as: Problem.self).field == field)
        }

        @Test("keys that are too long, empty, or no UTF-8, and verbs that do not exist, are refused")
        func badKeys() async throws {
            let fleet = try await SharedFleets.up()
            let body = #"{"holder": "ada", "ttl": "30s"}"#
            let long = try await fleet.api.post(APIPath.lock(String(repeating: "k", count: 201), "acquire"), body)
            #expect(long.status == 400)
            #expect(try long.decoded(as: Problem.self).field == "key")
            let longest = String(repeating: "k", count: 188) + TestServers.unique("").prefix(12)
            #expect(try await fleet.api.post(APIPath.lock(longest, "acquire"), body).status == 200)
            #expect(try await fleet.api.post(APIPath.locks + "/%FF:acquire", body).status == 400)
            #expect(try await fleet.api.post(APIPath.locks + "/k:seize", body).status == 404)
            #expect(try await fleet.api.post(APIPath.leases + "/k:release", #"{"force": false}"#).status == 400)
        }

        @Test("clients of older systems take and give back locks by their own routes")
        func compatibility() async throws {
            let fleet = try await SharedFleets.up()
            let key = TestServers.unique("old")
            let path = APIPath.oldLocks + "/\(key)"
            let taken = try await fleet.api.post(path + "/acquire", #"{"workerId": "w1", "timeout": 30}"#)
            #expect(taken.status == 200, "\(taken)")
            #expect(try taken.decoded(as: OldLockShape.self).acquired)
            let refused = try await fleet.api.post(path + "/acquire", #"{"workerId": "w2", "timeout": 30}"#)
            #expect(refused.status == 409)
            #expect(try refused.decoded(as: LockRefusal.self).holder == "w1")
            #expect(try await delete(fleet, path + "/release?workerId=w2") == 409)
            #expect(try await delete(fleet, path + "/release") == 200)
            #expect(try await fleet.api.post(path + "/acquire", #"{"workerId": "w2", "timeout": 30}"#).status == 200)
            #expect(try await fleet.api.post(path + "/acquire", #"{"workerId": "w2", "timeout": 0}"#).status == 400)
        }

        private func delete(_ fleet: Fleet, _ path: String) async throws -> Int {
            guard let url = URL(string: fleet.url + path) else { throw NotAsExpected("\(path) is no path") }
            var request = URLRequest(url: url)
            request.httpMethod = "DELETE"
            let (_, response) = try await URLSession.shared.answer(to: request)
            return (response as? HTTPURLResponse)?.statusCode ?? 0
        }
    }
}
