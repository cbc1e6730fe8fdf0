import APIContract
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Many tasks at once.
    @Suite("Batches", .serialized, .timeLimit(.minutes(3)))
    struct Batches {
        @Test("10,000 tasks of one batch are each recorded once by two workers")
        func tenThousand() async throws {
            let fleet = try await SharedFleets.up()
            let before = try await fleet.states()["succeeded"] ?? 0
            let start = ContinuousClock.now

            let ids = try await fleet.submitBatch(Array(repeating: #"{"kind":"noop"}"#, count: 10_000))
            let admitted = ContinuousClock.now - start
            try await eventually("10,000 more have succeeded", within: .seconds(120), poll: .milliseconds(200)) {
                try await fleet.states()["succeeded"] == before + 10_000
            }
            let recorded = ContinuousClock.now - start

            let own = Set(ids)
            let found = try await allTasks("kind=noop&limit=1000", fleet).filter { own.contains($0.id) }
            #expect(own.count == 10_000)
            #expect(found.count == 10_000)
            #expect(found.allSatisfy { $0.state == "succeeded" && $0.attempt == 1 && $0.runs.map(\.outcome) == ["succeeded"] })
            #expect(Set(found.compactMap(\.worker)).count == 2)
            FileHandle.standardError.write(
                Data("10,000 noop by 2 workers: admitted in \(admitted), recorded in \(recorded)\n".utf8)
            )
        }

        @Test("one draft too many is refused, and none is admitted")
        func tooMany() async throws {
            let fleet = try await SharedFleets.up()
            let before = try await fleet.states()

            let drafts = Array(repeating: #"{"kind":"noop"}"#, count: 10_001).joined(separator: ",")
            let reply = try await fleet.api.post(APIPath.tasksBatch, #"{"tasks":[\#(drafts)]}"#)

            #expect(reply.status == 413)
            #expect(reply.contentType == "application/problem+json")
            #expect(try reply.decoded(as: Problem.self).allowed?.contains("10000") == true)
            #expect(try await fleet.states() == before)
        }

        @Test("a body up to 16 MiB is read, a longer one is refused")
        func size() async throws {
            let fleet = try await SharedFleets.up()
            func body(_ bytes: Int) -> String {
                let (head, tail) = (#"{"tasks":[{"kind":"noop"}"#, "]}")
                return head + String(repeating: " ", count: bytes - head.utf8.count - tail.utf8.count) + tail
            }

            let fits = try await fleet.api.post(APIPath.tasksBatch, body(16 << 20))
            let tooLong = try await fleet.api.post(APIPath.tasksBatch, body(16 << 20 + 1))

            #expect(fits.status == 202, "\(fits)")
            #expect(tooLong.status == 413)
            #expect(tooLong.contentType == "application/problem+json")
        }

        @Test("a batch with some bad drafts admits the good ones and names the bad ones by place")
        func mixed() async throws {
            let fleet = try await SharedFleets.up()

            let reply = try await fleet.api.post(
                APIPath.tasksBatch,
                #"{"tasks":[{"kind":"noop"},{"kind":"make.coffee"},{"kind":"noop","payload":{"sleepMs":-1}}]}"#
            )
            let batch = try reply.decoded(as: BatchShape.self)

            #expect(reply.status == 202)
            #expect(batch.admitted == 1)
            #expect(batch.refused == 2)
            #expect(batch.entries.map { $0.problem?.code } == [nil, "unknown_kind", "invalid_value"])
            #expect(batch.entries.map { $0.problem?.field } == [nil, "tasks[1].kind", "tasks[2].payload.sleepMs"])
            let id = try #require(batch.entries.first?.receipt?.id)
            #expect(try await fleet.ended(id).state == "succeeded")
        }

        @Test("a draft sent twice with one id is one task")
        func duplicate() async throws {
            let fleet = try await SharedFleets.up()
            let draft = #"{"kind":"noop","id":"\#(UUID().uuidString.lowercased())"}"#

            let first = try await fleet.api.post(APIPath.tasks, draft)
            let second = try await fleet.api.post(APIPath.tasks, draft)

            #expect(first.status == 202)
            #expect(second.status == 200)
            #expect(try second.decoded(as: ReceiptShape.self).duplicate)
            #expect(try await fleet.ended(second.decoded(as: ReceiptShape.self).id).runs.count == 1)
        }

        /// Walks a listing to its end.
        private func allTasks(_ query: String, _ fleet: Fleet) async throws -> [TaskShape] {
            var tasks: [TaskShape] = []
            var next: String?
            repeat {
                let cursor = next.flatMap { $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) }.map { "&cursor=\($0)" }
                let page: Listing<TaskShape> = try await fleet.api.get("\(APIPath.tasks)?\(query)\(cursor ?? "")")
                tasks += page.items
                next = page.next
            } while next != nil
            return tasks
        }
    }
}
