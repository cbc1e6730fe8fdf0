import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// Dead letters as a product: find, plan, retry and drop many, follow and stop.
    @Suite("Verbs on dead letters", .serialized, .timeLimit(.minutes(3)))
    struct LetterVerbs {
        /// Tasks that die at once with this message; returns their ids.
        private func dead(_ fleet: Fleet, _ count: Int, _ message: String, kind: String = "fail") async throws -> [String] {
            let drafts = Array(repeating: #"{"kind":"\#(kind)","payload":{"final":true,"message":"\#(message)"}}"#, count: count)
            let ids = try await fleet.submitBatch(drafts)
            try await eventually("\(count) letters say \(message)", within: .seconds(60)) {
                let list: LetterListing = try await fleet.cliJSON("dlq", "list", "--text", message, "--state", "dead", "--limit", "1")
                return list.total == count
            }
            return ids
        }

        @Test("letters are found by what they say, counted by reason, listed in pages and exported whole")
        func find() async throws {
            let fleet = try await SharedFleets.up()
            let word = TestServers.unique("found")
            let ids = Set(try await dead(fleet, 25, word))

            let page: LetterListing = try await fleet.cliJSON(
                "dlq",
                "list",
                "--text",
                word,
                "--class",
                "general",
                "--error-class",
                "asked",
                "--newer",
                "1h",
                "--filter",
                "kind=fail",
                "--limit",
                "10"
            )
            #expect(page.total == 25)
            #expect(page.reasons == ["final": 25])
            #expect(page.items.count == 10)
            #expect(page.items.allSatisfy { $0.class == "general" && $0.priority == "normal" })
            let next = try #require(page.next)
            let second: LetterListing = try await fleet.cliJSON("dlq", "list", "--text", word, "--limit", "20", "--cursor", next)
            #expect(second.items.count == 15)
            #expect(second.next == nil)
            let older: LetterListing = try await fleet.cliJSON("dlq", "list", "--text", word, "--older", "1h")
            #expect(older.total == 0)

            let export = try await fleet.cli("dlq", "export", "--text", word, "--whole")
            #expect(export.status == .code(0))
            let lines = try export.out.split(separator: "\n").map { try JSONDecoder().decode(LetterShape.self, from: Data($0.utf8)) }
            #expect(Set(lines.compactMap(\.task)) == ids)
            #expect(lines.allSatisfy { $0.story?.runs.first?.outcome == "failed" })
        }

        @Test("a plan by filter tells counts and changes nothing; the batch then retries each letter once and can be followed")
        func batch() async throws {
            let fleet = try await SharedFleets.up()
            let word = TestServers.unique("batch")
            let ids = Set(try await dead(fleet, 30, word))

            let plan: LetterPlanShape = try await fleet.cliJSON("dlq", "retry", "--text", word, "--dry-run")
            #expect(plan.total == 30)
            #expect(plan.kinds == ["fail": 30])
            #expect(plan.reasons == ["final": 30])
            #expect(plan.left == 0)

            let started: LetterBatchShape = try await fleet.cliJSON("dlq", "retry", "--text", word, "--priority", "low")
            #expect(started.total == 30)
            let over: LetterBatchShape = try await fleet.cliJSON("dlq", "batches", "show", "\(started.id)", "--follow")
            #expect(over.state == "done")
            #expect(over.done == 30)
            let closed: LetterListing = try await fleet.cliJSON("dlq", "list", "--text", word, "--state", "retried", "--limit", "100")
            #expect(Set(closed.items.compactMap(\.task)) == ids)
            let fresh = closed.items.compactMap(\.retriedAs)
            #expect(Set(fresh).count == 30)
            let task = try await fleet.ended(fresh[0])
            #expect(ids.contains(task.retryOf ?? ""))
            #expect(task.priority == "low")
            let list: Listing<LetterBatchShape> = try await fleet.cliJSON("dlq", "batches", "list")
            #expect(list.items.contains { $0.id == started.id && $0.filter?["text"] == word })
        }

        @Test("a batch with a rate takes its time and can be stopped; dropping asks first")
        func stop() async throws {
            let fleet = try await SharedFleets.up()
            let word = TestServers.unique("stopped")
            _ = try await dead(fleet, 20, word)

            let started: LetterBatchShape = try await fleet.cliJSON("dlq", "retry", "--text", word, "--rate", "60/min")
            #expect(started.perSecond == 1)
            let stopped: LetterBatchShape = try await fleet.cliJSON("dlq", "batches", "stop", "\(started.id)")
            #expect(stopped.state == "stopped")
            #expect(stopped.done < 20)
            let followed = try await fleet.cli("dlq", "batches", "show", "\(started.id)", "--follow")
            #expect(followed.status == .code(1))

            let asked = try await fleet.cli("dlq", "drop", "--text", word)
            #expect(asked.status == .code(1))
            #expect(asked.err.contains("[y/N]"))
            let dropped: LetterBatchShape = try await fleet.cliJSON("dlq", "drop", "--text", word, "--yes")
            let over: LetterBatchShape = try await fleet.cliJSON("dlq", "batches", "show", "\(dropped.id)", "--follow")
            #expect(over.state == "done")
            #expect(over.done == dropped.total)
            #expect(stopped.done + over.done >= 20)
        }

        @Test("one letter may be retried with another payload, which must be right for its kind")
        func payload() async throws {
            let fleet = try await SharedFleets.up()
            let scratch = try ScratchFolder("payload")
            try Data(#"{"times":0}"#.utf8).write(to: URL(fileURLWithPath: scratch.file("good")))
            try Data(#"{"tims":0}"#.utf8).write(to: URL(fileURLWithPath: scratch.file("bad")))
            let id = try await dead(fleet, 1, TestServers.unique("payload"))[0]
            let letter = try await fleet.letter(of: id)

            let bad = try await fleet.cli("dlq", "retry", "\(letter.id)", "--payload", scratch.file("bad"))
            #expect(bad.status == .code(1))
            #expect(bad.err.contains("payload.tims"))
            let good: Listing<LetterAnswerShape> = try await fleet.cliJSON(
                "dlq",
                "retry",
                "\(letter.id)",
                "--payload",
                scratch.file("good")
            )
            let task = try await fleet.ended(try #require(good.items.first?.task))
            #expect(task.state == "succeeded")
            #expect(task.retryOf == id)
        }

        @Test("an orchestrator killed in the middle of a batch loses and doubles nothing: the next one goes on")
        func killed() async throws {
            let own = try await SharedFleets.own()
            let fleet = own.fleet
            let word = TestServers.unique("killed")
            let ids = Set(try await dead(fleet, 200, word))
            let started: LetterBatchShape = try await fleet.cliJSON("dlq", "retry", "--text", word, "--rate", "100/s")
            try await eventually("the batch is under way") {
                let batch: LetterBatchShape = try await fleet.api.get(APIPath.letterBatch(started.id))
                return batch.done >= 20 ? () : nil
            }

            own.killOrchestrator()
            try await own.startOrchestrator()

            let half: LetterBatchShape = try await fleet.api.get(APIPath.letterBatch(started.id))
            #expect(half.done < 200, "it was killed too late")
            let over: LetterBatchShape = try await fleet.cliJSON(
                "dlq",
                "batches",
                "show",
                "\(started.id)",
                "--follow",
                within: .seconds(60)
            )
            #expect(over.state == "done")
            #expect(over.done == 200)
            #expect(over.left == 0)
            let closed: LetterListing = try await fleet.cliJSON("dlq", "list", "--text", word, "--state", "retried", "--limit", "1000")
            #expect(Set(closed.items.compactMap(\.task)) == ids)
            #expect(Set(closed.items.compactMap(\.retriedAs)).count == 200)
            // Each new task dies again, once: 200 letters more and not one beside.
            try await eventually("every retried task has died", within: .seconds(60)) {
                let list: LetterListing = try await fleet.api.get("\(APIPath.deadLetters)?text=\(word)&state=dead&limit=1")
                return list.total == 200 ? () : nil
            }
        }

        private static let refusals: [(method: String, path: String, body: String, status: Int, field: String, allowed: String)] = [
            ("GET", "?cursor=abc", "", 400, "cursor", "next"), ("GET", "?reason=gone", "", 400, "reason", "exhausted"),
            ("GET", "?state=open", "", 400, "state", "dropped"), ("GET", "?class=gpu", "", 400, "class", "network"),
            ("GET", "?older=7weeks", "", 400, "older", "7d"), ("GET", "?newer=-1h", "", 400, "newer", "7d"),
            ("GET", "?text=ab", "", 400, "text", "3"), ("GET", "?olt=NOWHERE", "", 404, "olt", "olt list"),
            ("GET", "?colour=red", "", 400, "colour", "errorClass"), ("GET", "?limit=0", "", 400, "limit", "1000"),
            ("GET", "/x", "", 400, "id", "whole number"), ("GET", "/999999999", "", 404, "id", ""),
            ("GET", "/batches/x", "", 400, "id", "whole number"), ("GET", "/batches/999999", "", 404, "id", ""),
            ("GET", "/batches?cursor=x", "", 400, "cursor", "next"), ("POST", "/batches/999999:stop", "{}", 404, "id", ""),
            ("POST", "/batches/1:go", "{}", 400, "id", ":stop"), ("POST", ":plan", #"{"ids":[1]}"#, 400, "verb", "retry, drop"),
            ("POST", ":plan", #"{"verb":"eat","ids":[1]}"#, 400, "verb", "retry, drop"), ("POST", ":retry", "{}", 400, "ids", "filter"),
            ("POST", ":retry", #"{"ids":[]}"#, 400, "ids", "10000"), ("POST", ":retry", #"{"ids":["x"]}"#, 400, "ids.Index 0", ""),
            ("POST", ":retry", #"{"ids":[1],"filter":{}}"#, 400, "filter", "one of"),
            ("POST", ":retry", #"{"filter":{"colour":"red"}}"#, 400, "colour", "errorClass"),
            ("POST", ":retry", #"{"filter":{},"rate":"fast"}"#, 400, "rate", "50/s"),
            ("POST", ":retry", #"{"filter":{},"rate":"0/s"}"#, 400, "rate", "50/s"),
            ("POST", ":retry", #"{"filter":{},"rate":"5/day"}"#, 400, "rate", "50/s"),
            ("POST", ":retry", #"{"filter":{},"priority":"asap"}"#, 400, "priority", "urgent"),
            ("POST", ":retry", #"{"ids":[1,2],"payload":{}}"#, 400, "payload", "one id"),
            ("POST", ":retry", #"{"ids":[999999999],"payload":{}}"#, 404, "ids", ""),
            ("POST", ":retry", #"{"ids":[1],"speed":1}"#, 400, "speed", "rate"),
            ("POST", ":drop", #"{"ids":[1],"priority":"low"}"#, 400, "priority", "retry"),
            ("POST", ":drop", #"{"filter":{},"dryRun":true}"#, 400, "dryRun", ":plan"), ("POST", ":drop", "[1]", 400, "", ""),
        ]

        @Test("wrong words are refused by name, with what is allowed", arguments: refusals.indices)
        func refused(_ place: Int) async throws {
            let (method, path, body, status, field, allowed) = Self.refusals[place]
            let fleet = try await SharedFleets.up()

            let whole = APIPath.deadLetters + path
            let reply = try await method == "GET" ? fleet.api.get(whole) : fleet.api.post(whole, body)

            #expect(reply.status == status, "\(reply)")
            #expect(reply.contentType == "application/problem+json")
            let problem = try reply.decoded(as: Problem.self)
            #expect((problem.field ?? "") == field, "\(reply)")
            #expect((problem.allowed ?? "").contains(allowed) || allowed.isEmpty, "\(reply)")
        }

        @Test("clients of older systems list open letters and retry one; a second time is a conflict")
        func compatibility() async throws {
            let fleet = try await SharedFleets.up()
            let id = try await dead(fleet, 1, TestServers.unique("older"))[0]
            let letter = try await fleet.letter(of: id)
            let path = "/api/high-scale-tasks/dlq"

            let list: LetterListing = try await fleet.api.get(path + "?limit=1000")
            #expect(list.items.contains { $0.id == letter.id })
            #expect(list.items.allSatisfy { $0.state == "dead" })
            let retried = try await fleet.api.post("\(path)/\(letter.id)/retry", "")
            #expect(retried.status == 200)
            #expect(try retried.decoded(as: LetterAnswerShape.self).answer == "retried")
            #expect(try await fleet.api.post("\(path)/\(letter.id)/retry", "").status == 409)
            #expect(try await fleet.api.post("\(path)/999999999/retry", "").status == 404)
        }

        @Test("the page filters, tells a story, plans and orders; forms of other sites are refused")
        func page() async throws {
            let fleet = try await SharedFleets.up()
            let word = TestServers.unique("paged")
            let id = try await dead(fleet, 3, word + " <b>")[0]
            let letter = try await fleet.letter(of: id)

            let list = try await fleet.api.get("/dead-letters?text=\(word)")
            #expect(list.status == 200)
            #expect(list.text.contains("\(word) &lt;b&gt;"))
            #expect(list.text.contains("Letters (3)"))
            let story = try await fleet.api.get("/dead-letters/\(letter.id)")
            #expect(story.text.contains(id))
            #expect(story.text.contains("failed"))

            let form = "verb=drop&text=\(word)"
            let plan = try await fleet.api.post("/dead-letters/plan", form, contentType: "application/x-www-form-urlencoded")
            #expect(plan.text.contains("Would drop 3 letters, leave 0"))
            let open: LetterListing = try await fleet.api.get("\(APIPath.deadLetters)?text=\(word)&state=dead")
            #expect(open.total == 3)
            let done = try await fleet.api.post("/dead-letters/order", form, contentType: "application/x-www-form-urlencoded")
            #expect(done.status == 200)
            #expect(done.text.contains("Batch"))
            try await eventually("they are dropped") {
                let list: LetterListing = try await fleet.api.get("\(APIPath.deadLetters)?text=\(word)&state=dropped")
                return list.total == 3 ? () : nil
            }
            let foreign = try await fleet.api.post(
                "/dead-letters/order",
                form,
                contentType: "application/x-www-form-urlencoded",
                headers: ["Origin": "http://elsewhere.example"]
            )
            #expect(foreign.status == 403)
        }
    }
}
