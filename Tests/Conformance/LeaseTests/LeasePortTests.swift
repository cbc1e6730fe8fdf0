import Domain
import MemoryAdapters
import TestSupport
import Testing

/// Who keeps the leases: the suite runs on each of them, and one that cannot start fails the run.
enum LeaseBackend: String, CaseIterable, Sendable {
    case memory, redis

    static let available = allCases

    func with(_ body: @Sendable (any LeaseStore) async throws -> Void) async throws {
        switch self {
        case .memory: try await body(MemoryLeaseStore(time: TimeSource(wall: { Timestamp(microseconds: 0) })))
        case .redis: try await LeaseLab.withShared { try await body($0) }
        }
    }
}

@Suite("Every lease store keeps the promises", .timeLimit(.minutes(2)))
struct LeasePortTests {
    private let span = Duration.seconds(30)
    private let first = DispatchNumber(1)
    private let second = DispatchNumber(2)

    @Test(
        "a number is granted once; another is busy until the lease is let go, and the same run asks again",
        arguments: LeaseBackend.available
    )
    func exclusion(_ backend: LeaseBackend) async throws {
        try await backend.with { store in
            let key = try LeaseLab.key()

            #expect(try await store.take(key, first, run: RunToken(1), span: span) == .granted(quietGap: .zero))
            #expect(try await store.take(key, first, run: RunToken(1), span: span) == .mine(quietGap: .zero))
            guard case .busy(let left) = try await store.take(key, second, run: RunToken(2), span: span) else {
                Issue.record("the second number is not busy")
                return
            }
            #expect(left > .zero && left <= span)
            #expect(try await store.renew(key, second, run: RunToken(2), span: span) == .lost)
            #expect(try await store.renew(key, first, run: RunToken(1), span: span) == .renewed)
            #expect(try await store.release(key, first, run: RunToken(1), clean: true) == .released)
            #expect(try await store.take(key, second, run: RunToken(2), span: span) == .granted(quietGap: .zero))
            guard case .seen(let seen) = try await store.take(key, first, run: RunToken(1), span: span) else {
                Issue.record("the first number was granted twice")
                return
            }
            #expect(seen.answer == .older)
            #expect(seen.highest == second)
        }
    }

    @Test("after an unclean end the next holder keeps quiet first", arguments: LeaseBackend.available)
    func unclean(_ backend: LeaseBackend) async throws {
        try await backend.with { store in
            let key = try LeaseLab.key()

            #expect(try await store.take(key, first, run: RunToken(1), span: .zero) == .granted(quietGap: .zero))
            #expect(try await store.renew(key, first, run: RunToken(1), span: span) == .lost)
            #expect(try await store.take(key, second, run: RunToken(2), span: span) == .granted(quietGap: .seconds(7)))
        }
    }

    @Test("a number that is void, or was handed back, is never granted", arguments: LeaseBackend.available)
    func void(_ backend: LeaseBackend) async throws {
        try await backend.with { store in
            let key = try LeaseLab.key()

            #expect(try await store.void(key, first) == .void(wasGranted: false))
            #expect(try await store.take(key, first, run: RunToken(1), span: span) == .seen(Seen(.void, highest: first, leaseLeft: nil)))
            #expect(try await store.hand(key, second) == .deferred)
            #expect(try await store.hand(key, second) == .deferred)
            #expect(
                try await store.take(key, second, run: RunToken(1), span: span) == .seen(Seen(.deferred, highest: second, leaseLeft: nil))
            )
        }
    }

    @Test("a held number is not void; one that was granted and has ended is, and says so", arguments: LeaseBackend.available)
    func held(_ backend: LeaseBackend) async throws {
        try await backend.with { store in
            let key = try LeaseLab.key()
            let other = try LeaseLab.key()

            #expect(try await store.take(key, first, run: RunToken(1), span: span) == .granted(quietGap: .zero))
            guard case .held(let left) = try await store.void(key, first) else {
                Issue.record("a held number is void")
                return
            }
            #expect(left > .zero && left <= span)
            #expect(try await store.take(other, first, run: RunToken(1), span: .zero) == .granted(quietGap: .zero))
            #expect(try await store.void(other, first) == .void(wasGranted: true))
        }
    }
}
