import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// Attempts that fail, and what is left of them.
    @Suite("Retry and dead letters", .serialized, .timeLimit(.minutes(2)))
    struct DeadLetters {
        @Test("a task that fails twice succeeds on its third attempt")
        func retried() async throws {
            let fleet = try await SharedFleets.up()

            let task: TaskShape = try await fleet.cliJSON("task", "publish", "fail", "--payload", #"{"times":2}"#, "--wait")

            #expect(task.state == "succeeded")
            #expect(task.attempt == 3)
            #expect(task.runs.map(\.outcome) == ["failed", "failed", "succeeded"])
            #expect(task.runs.map(\.attempt) == [1, 2, 3])
            #expect(Set(task.runs.map(\.number)).count == 3)
            #expect(task.runs.first?.error?.class == "asked")
            #expect(task.error == nil)
        }

        @Test("a final error makes the task dead at once, and the archive gets the message itself")
        func final() async throws {
            let fleet = try await SharedFleets.up()

            let id = try await fleet.submit(#"{"kind":"fail","payload":{"final":true,"message":"no way"}}"#)
            let task = try await fleet.ended(id)
            let letter = try await fleet.letter(of: id)

            #expect(task.state == "dead")
            #expect(task.runs.map(\.outcome) == ["failed"])
            #expect(task.error?.message == "no way")
            #expect(letter.reason == "final")
            #expect(letter.attempts == 1)
            #expect(letter.errorClass == "asked")
            #expect(letter.message.contains("no way"))
            try await eventually("the message is on the queue dead, or archived with the letter") {
                let queues: Listing<QueueShape> = try await fleet.cliJSON("queues")
                let onQueue = queues.items.contains { $0.name == "dead" && ($0.depth ?? 0) > 0 }
                let shown: LetterShape = try await fleet.cliJSON("dlq", "show", "\(letter.id)")
                return onQueue || shown.body != nil
            }
        }

        @Test("a task that fails on every attempt it has is exhausted")
        func exhausted() async throws {
            let fleet = try await SharedFleets.up()

            let id = try await fleet.submit(#"{"kind":"fail","payload":{"times":5},"maxAttempts":2,"backoff":{"base":"0.05s"}}"#)
            let task = try await fleet.ended(id)
            let letter = try await fleet.letter(of: id)

            #expect(task.state == "dead")
            #expect(task.attempt == 2)
            #expect(task.runs.map(\.outcome) == ["failed", "failed"])
            #expect(letter.reason == "exhausted")
            #expect(letter.attempts == 2)
        }

        @Test("an attempt that takes too long is cut off, and says so")
        func timedOut() async throws {
            let fleet = try await SharedFleets.up()

            let finished = try await fleet.cli(
                "task",
                "publish",
                "noop",
                "--payload",
                #"{"sleepMs":60000}"#,
                "--timeout",
                "0.3",
                "--max-attempts",
                "1",
                "--wait",
                "--json"
            )
            let task = try finished.decoded(as: TaskShape.self)

            #expect(finished.status == .code(1))
            #expect(task.state == "dead")
            #expect(task.error?.class == "timed_out")
            #expect(try await fleet.letter(of: task.id).reason == "timed_out")
        }

        @Test("a letter is retried once, as a new task, and a dry run changes nothing")
        func retry() async throws {
            let fleet = try await SharedFleets.up()
            let id = try await fleet.submit(#"{"kind":"fail","payload":{"final":true},"priority":"high","labels":{"who":"me"}}"#)
            let letter = try await fleet.letter(of: id)

            let plan: Listing<LetterAnswerShape> = try await fleet.cliJSON("dlq", "retry", "\(letter.id)", "--dry-run")
            #expect(plan.items.map(\.answer) == ["would_retry"])
            #expect(try await fleet.letter(of: id).state == "dead")

            let done: Listing<LetterAnswerShape> = try await fleet.cliJSON("dlq", "retry", "\(letter.id)")
            #expect(done.items.map(\.answer) == ["retried"])
            let new = try #require(done.items.first?.task)
            let task = try await fleet.ended(new)
            #expect(new != id)
            #expect(task.retryOf == id)
            #expect(task.priority == "high")
            #expect(task.labels == ["who": "me"])
            #expect(try await fleet.task(id).state == "dead")
            let closed: LetterShape = try await fleet.cliJSON("dlq", "show", "\(letter.id)")
            #expect(closed.state == "retried")
            #expect(closed.retriedAs == new)

            let again = try await fleet.cli("dlq", "retry", "\(letter.id)", "--json")
            #expect(again.status == .code(3))
            #expect(try again.decoded(as: Listing<LetterAnswerShape>.self).items.map(\.answer) == ["already_retried"])
        }

        @Test("what cannot be retried is named, and the exit code tells all from some")
        func partly() async throws {
            let fleet = try await SharedFleets.up()
            let id = try await fleet.submit(#"{"kind":"fail","payload":{"final":true}}"#)
            let letter = try await fleet.letter(of: id)

            let none = try await fleet.cli("dlq", "retry", "999999999", "--json")
            let some = try await fleet.cli("dlq", "retry", "999999999", "\(letter.id)", "--json")

            #expect(none.status == .code(3))
            #expect(try none.decoded(as: Listing<LetterAnswerShape>.self).items.map(\.answer) == ["not_found"])
            #expect(some.status == .code(5))
            #expect(try some.decoded(as: Listing<LetterAnswerShape>.self).items.map(\.answer) == ["not_found", "retried"])
        }

        @Test("people get a table and a story instead of JSON")
        func forPeople() async throws {
            let fleet = try await SharedFleets.up()
            let id = try await fleet.submit(#"{"kind":"fail","payload":{"final":true,"message":"shown to people"}}"#)
            let letter = try await fleet.letter(of: id)

            let list = try await fleet.cli("dlq", "list")
            let story = try await fleet.cli("dlq", "show", "\(letter.id)")

            #expect(list.status == .code(0))
            #expect(list.out.contains("shown to people"))
            #expect(story.status == .code(0))
            #expect(story.out.contains(id))
            #expect(story.out.contains("failed"))
        }
    }
}
