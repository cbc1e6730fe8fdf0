import APIContract
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// A request that is sent twice is one request.
    @Suite("Idempotency-Key", .serialized, .timeLimit(.minutes(1)))
    struct Idempotency {
        private let draft = #"{"kind":"noop","labels":{"a":"b"}}"#

        @Test("29: the same request again is answered with the first one's task")
        func again() async throws {
            let fleet = try await SharedFleets.up()
            let key = ["Idempotency-Key": TestServers.unique("key")]

            let first = try await fleet.api.post(APIPath.tasks, draft, headers: key)
            let second = try await fleet.api.post(APIPath.tasks, draft, headers: key)

            let (one, two) = try (first.decoded(as: ReceiptShape.self), second.decoded(as: ReceiptShape.self))
            #expect((first.status, second.status) == (202, 200), "\(second)")
            #expect((one.duplicate, two.duplicate) == (false, true))
            #expect(one.id == two.id)
        }

        @Test("29: the same key with another body is a conflict, and no second task")
        func reused() async throws {
            let fleet = try await SharedFleets.up()
            let key = ["Idempotency-Key": TestServers.unique("key")]

            let first = try await fleet.api.post(APIPath.tasks, draft, headers: key)
            let second = try await fleet.api.post(APIPath.tasks, #"{"kind":"noop"}"#, headers: key)
            let third = try await fleet.api.post(APIPath.tasks, draft, headers: key)

            let problem = try second.decoded(as: Problem.self)
            #expect((first.status, second.status, third.status) == (202, 409, 200))
            #expect((problem.code, problem.field) == ("idempotency_key_reused", "Idempotency-Key"), "\(second)")
            #expect(problem.allowed?.contains("new key") == true)
            #expect(try third.decoded(as: ReceiptShape.self).id == first.decoded(as: ReceiptShape.self).id)
        }

        @Test("29: of ten at once with one key one becomes a task")
        func atOnce() async throws {
            let fleet = try await SharedFleets.up()
            let (api, draft) = (fleet.api, draft)
            let key = ["Idempotency-Key": TestServers.unique("key")]

            let receipts = try await withThrowingTaskGroup(of: ReceiptShape.self) { group in
                for _ in 0..<10 {
                    group.addTask { try await api.post(APIPath.tasks, draft, headers: key).decoded(as: ReceiptShape.self) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(Set(receipts.map(\.id)).count == 1)
            #expect(receipts.count { !$0.duplicate } == 1)
        }

        @Test("29: a batch that is sent twice is admitted once, draft by draft")
        func batch() async throws {
            let fleet = try await SharedFleets.up()
            let key = ["Idempotency-Key": TestServers.unique("key")]
            let drafts = #"{"tasks":[{"kind":"noop"},{"kind":"noop"},{"kind":"noop"}]}"#

            let first = try await fleet.api.post(APIPath.tasksBatch, drafts, headers: key)
            let second = try await fleet.api.post(APIPath.tasksBatch, drafts, headers: key)
            let other = try await fleet.api.post(APIPath.tasksBatch, #"{"tasks":[{"kind":"noop"}]}"#, headers: key)

            let (one, two) = try (first.decoded(as: BatchShape.self), second.decoded(as: BatchShape.self))
            #expect((first.status, second.status, other.status) == (202, 200, 409), "\(second) \(other)")
            #expect((one.admitted, two.admitted, two.duplicates) == (3, 0, 3))
            #expect(Set(one.entries.compactMap(\.receipt?.id)).count == 3)
            #expect(one.entries.map(\.receipt?.id) == two.entries.map(\.receipt?.id))
        }
    }
}
