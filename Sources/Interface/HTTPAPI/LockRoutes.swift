import APIContract
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Orchestration

/// `/locks/{key}:acquire|:renew|:release`, and the same for clients of older systems.
struct LockRoutes {
    let desk: ControlDesk

    func add(to router: Router<APIContext>) {
        router.post(RouterPath(APIPath.locks + "/:key")) { request, _ in try await ask(request) }
        router.post(RouterPath(APIPath.oldLocks + "/:key/acquire")) { request, _ in try await acquireOld(request) }
        router.delete(RouterPath(APIPath.oldLocks + "/:key/release")) { request, _ in try await releaseOld(request) }
    }

    private func ask(_ request: Request) async throws -> Response {
        let (text, verb) = try KeyPath.read(request, after: APIPath.locks, verbs: ["acquire", "renew", "release"])
        let name = try KeyPath.lock(text)
        switch verb {
        case "acquire": return try await acquire(name, request)
        case "renew": return try await renew(name, request)
        default: return try await release(name, request)
        }
    }

    private func acquire(_ name: LockName, _ request: Request) async throws -> Response {
        let order = try await request.decoded(as: AcquireRequest.self, fields: AcquireRequest.CodingKeys.self, atMost: APIPath.bodyBytesMax)
        let answer = try await desk.acquire(
            LockOrder(
                name: name,
                holder: try Self.holder(order.holder, field: "holder"),
                ttl: try Self.span(order.ttl, field: "ttl", in: LockOrder.ttlRange, allowed: APIPath.lockTTL),
                wait: try Self.span(order.wait ?? "0s", field: "wait", in: LockOrder.waitRange, allowed: APIPath.lockWait)
            )
        )
        return try Self.told(answer, name)
    }

    private func renew(_ name: LockName, _ request: Request) async throws -> Response {
        let order = try await request.decoded(as: RenewRequest.self, fields: RenewRequest.CodingKeys.self, atMost: APIPath.bodyBytesMax)
        let answer = try await desk.renew(
            name,
            fence: DispatchNumber(order.fence),
            token: try Self.token(order.token),
            ttl: try Self.span(order.ttl, field: "ttl", in: LockOrder.ttlRange, allowed: APIPath.lockTTL),
            holder: order.holder
        )
        return try Self.told(answer, name)
    }

    private func release(_ name: LockName, _ request: Request) async throws -> Response {
        let order = try await request.decoded(as: ReleaseRequest.self, fields: ReleaseRequest.CodingKeys.self, atMost: APIPath.bodyBytesMax)
        let other = try await desk.release(name, fence: DispatchNumber(order.fence), token: try Self.token(order.token))
        if let other { return try Self.busy(name, other, "the lock is not held with fence \(order.fence) and this token") }
        return try Answer.json(ReleasedShape(released: true))
    }

    // MARK: Clients of older systems

    /// They keep no token: it is made of the key and the worker's name, so that only locks of this route are given back by it.
    private func acquireOld(_ request: Request) async throws -> Response {
        let name = try KeyPath.lock(try KeyPath.read(request, after: APIPath.oldLocks, before: "/acquire").key)
        let order = try await request.decoded(
            as: OldAcquireRequest.self,
            fields: OldAcquireRequest.CodingKeys.self,
            atMost: APIPath.bodyBytesMax
        )
        let seconds = order.timeout ?? 30
        guard seconds.isFinite, (1...3600).contains(seconds) else {
            throw Self.wrong("timeout", "\(seconds)", allowed: "1 to 3600 seconds")
        }
        let holder = try Self.holder(order.workerId, field: "workerId")
        let answer = try await desk.acquire(
            LockOrder(name: name, holder: holder, ttl: .milliseconds(Int64(seconds * 1000)), wait: .zero),
            token: Self.oldToken(name, holder.text)
        )
        switch answer {
        case .held(let lock):
            return try Answer.json(
                OldLockShape(
                    fence: lock.fence.value,
                    acquiredAt: lock.acquiredAt.description,
                    expiresAt: lock.expiresAt.description
                )
            )
        case .refused(let other): return try Self.busy(name, other, "the lock is held")
        }
    }

    private func releaseOld(_ request: Request) async throws -> Response {
        let name = try KeyPath.lock(try KeyPath.read(request, after: APIPath.oldLocks, before: "/release").key)
        let query = try Query(request, allowed: ["workerId"])
        let standing = try await desk.standing(name)
        guard let fence = standing.fence, let holder = standing.holder else { return try Answer.json(ReleasedShape(released: false)) }
        if let worker = query.text("workerId"), worker != holder { return try Self.busy(name, standing, "another worker holds the lock") }
        if let other = try await desk.release(name, fence: fence, token: Self.oldToken(name, holder)) {
            return try Self.busy(name, other, "the lock was taken with a token; it is given back with it")
        }
        return try Answer.json(ReleasedShape(released: true))
    }

    private static func oldToken(_ name: LockName, _ worker: String) -> RunToken {
        // FNV-1a of 64 bits.
        RunToken((name.text + "\0" + worker).utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 })
    }

    // MARK: Words

    private static func told(_ answer: LockAnswer, _ name: LockName) throws -> Response {
        switch answer {
        case .held(let lock):
            return try Answer.json(
                LockShape(
                    fence: lock.fence.value,
                    acquiredAt: lock.acquiredAt.description,
                    expiresAt: lock.expiresAt.description,
                    token: lock.token.description
                )
            )
        case .refused(let other): return try busy(name, other, "the lock is not yours")
        }
    }

    private static func busy(_ name: LockName, _ other: StandingLock, _ why: String) throws -> Response {
        var detail = "\(name): \(why)"
        if let fence = other.fence { detail += "; it is held by \(other.holder ?? "an unknown holder") with fence \(fence.value)" }
        if let until = other.until {
            detail +=
                other.fence == nil
                ? "; Redis forgot who holds it, nothing is granted before \(until)" : " until \(until) unless it is renewed"
        } else {
            detail += "; nobody holds it now"
        }
        let refusal = LockRefusal(
            title: "The lock is not yours",
            detail: detail,
            code: other.until == nil ? "not_held" : "lock_busy",
            holder: other.holder,
            fence: other.fence?.value,
            expiresAt: other.until?.description
        )
        return try Answer.json(refusal, status: .conflict, contentType: "application/problem+json")
    }

    private static func span(_ text: String, field: String, in range: ClosedRange<Duration>, allowed: String) throws(Problem) -> Duration {
        guard let span = SpanText.read(text), range.contains(span) else { throw wrong(field, text, allowed: allowed) }
        return span
    }

    private static func holder(_ text: String, field: String) throws(Problem) -> AuditActor {
        guard let holder = AuditActor(text) else { throw wrong(field, text, allowed: AuditActor.allowed) }
        return holder
    }

    private static func token(_ text: String) throws(Problem) -> RunToken {
        guard text.utf8.count == 16, let value = UInt64(text, radix: 16) else {
            throw wrong("token", text, allowed: "the 16 hexadecimal digits that :acquire answered")
        }
        return RunToken(value)
    }

    private static func wrong(_ field: String, _ text: String, allowed: String) -> Problem {
        Problem(
            status: 400,
            code: "invalid_value",
            title: "Lock refused",
            detail: "\"\(text.prefix(100))\" does not fit",
            field: field,
            allowed: allowed
        )
    }
}
