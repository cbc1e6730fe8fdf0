import APIContract
import Foundation

/// One lock, asked for over HTTP.
struct LockClient: Sendable {
    /// A lock that is held, and when it was asked for, from which its end counts.
    struct Grant: Sendable {
        let shape: LockShape
        let sentAt: ContinuousClock.Instant
    }

    private static let askEvery: Duration = .milliseconds(250)

    let client: APIClient
    let key: String
    let holder: String
    let ttl: String

    /// Asks again while another holds it, for `patience`.
    func acquire(within patience: Duration) async throws -> Grant {
        let deadline = ContinuousClock.now + patience
        while true {
            let sentAt = ContinuousClock.now
            do {
                let order = AcquireRequest(holder: holder, ttl: ttl, wait: nil)
                return Grant(shape: try await client.post(APIPath.lock(key, "acquire"), order), sentAt: sentAt)
            } catch let error as CommandError where error.status == .conflict {
                guard ContinuousClock.now + Self.askEvery < deadline else { throw error }
                try await Task.sleep(for: Self.askEvery)
            }
        }
    }

    /// - Returns: whether it is still held; `nil`: nobody knows.
    func renew(_ lock: LockShape) async -> Bool? {
        do {
            let order = RenewRequest(fence: lock.fence, token: lock.token, ttl: ttl, holder: holder)
            let _: LockShape = try await client.post(APIPath.lock(key, "renew"), order)
            return true
        } catch let error as CommandError where error.status == .conflict {
            return false
        } catch {
            return nil
        }
    }

    /// - Returns: why it was not given back: it ends by itself.
    func release(_ lock: LockShape) async -> String? {
        do {
            let order = ReleaseRequest(fence: lock.fence, token: lock.token)
            let _: ReleasedShape = try await client.post(APIPath.lock(key, "release"), order)
            return nil
        } catch {
            return (error as? CommandError)?.message ?? "\(error)"
        }
    }
}
