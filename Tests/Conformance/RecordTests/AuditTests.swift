import Domain
import TestSupport
import Testing

extension RecordSuites {
    @Suite("Audit")
    struct Audit {
        private func entry(_ actor: String, _ verb: String, _ subject: String, _ detail: Payload = [:]) throws -> AuditDraft {
            AuditDraft(actor: try #require(AuditActor(actor)), verb: verb, subject: subject, detail: detail)
        }

        @Test("what was asked for is listed newest first with who, when and its detail, page by page")
        func pages() async throws {
            try await Bench.with { bench in
                let detail: Payload = ["holder": "worker-1", "number": 7, "nested": .object(["zero": .text("a\0b"), "none": .null])]
                let first = try await bench.audit.write(try entry("local:ada", "lease.release", "olt:17", detail), now: bench.now)
                let second = try await bench.audit.write(try entry("http", "letter.drop", "4"), now: bench.now + .seconds(1))
                #expect(second > first)

                var filter = AuditFilter()
                filter.limit = 1
                let page = try await bench.audit.entries(filter)
                #expect(page.items.map(\.id) == [second])
                filter.cursor = page.next
                #expect(page.next != nil)
                let rest = try await bench.audit.entries(filter)
                #expect(rest.next == nil)
                let entry = try #require(rest.items.first)
                #expect(entry.id == first)
                #expect(entry.actor == "local:ada")
                #expect(entry.verb == "lease.release")
                #expect(entry.subject == "olt:17")
                #expect(entry.at == bench.now)
                #expect(entry.detail["holder"] == "worker-1")
                #expect(entry.detail["number"] == 7)
            }
        }

        @Test("actor, verb, all verbs of a noun, subject and time narrow the list")
        func filters() async throws {
            try await Bench.with { bench in
                let drafts = [
                    try entry("local:ada", "lease.release", "olt:17"), try entry("http", "lease.release", "olt:18"),
                    try entry("http", "lock.release", "olt:17"), try entry("http", "leasehold.end", "x"),
                ]
                for (place, draft) in drafts.enumerated() { try await bench.audit.write(draft, now: bench.now + .seconds(place)) }
                func subjects(_ change: (inout AuditFilter) -> Void) async throws -> [String] {
                    var filter = AuditFilter()
                    change(&filter)
                    return try await bench.audit.entries(filter).items.map { "\($0.verb) \($0.subject)" }
                }
                #expect(try await subjects { $0.actor = "local:ada" } == ["lease.release olt:17"])
                #expect(try await subjects { $0.verb = "lease.release" } == ["lease.release olt:18", "lease.release olt:17"])
                #expect(try await subjects { $0.verb = "lease." } == ["lease.release olt:18", "lease.release olt:17"])
                #expect(try await subjects { $0.subject = "olt:17" } == ["lock.release olt:17", "lease.release olt:17"])
                #expect(try await subjects { $0.since = bench.now + .seconds(2) } == ["leasehold.end x", "lock.release olt:17"])
            }
        }
    }
}
