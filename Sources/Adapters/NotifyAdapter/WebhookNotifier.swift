import Crypto
package import Domain
import Foundation
import FoundationNetworking
import Synchronization

/// Posts each violation as JSON; an answer from 200 to 299 takes it.
///
/// Redirections are not followed: who moves says where to. `Idempotency-Key` is the same each time a violation is sent;
/// `X-Flotilla-Signature` is `sha256=` and the HMAC of the body, where a secret is set.
package struct WebhookNotifier: ViolationNotifier {
    package static let limit: Duration = .seconds(10)

    package let name = "webhook"
    private let address: WebhookAddress
    private let secret: SymmetricKey?
    private let limit: Duration

    package init(_ address: WebhookAddress, secret: String?, limit: Duration = Self.limit) {
        self.address = address
        self.secret = secret.map { SymmetricKey(data: Array($0.utf8)) }
        self.limit = limit
    }

    package func notify(_ notice: ViolationRow) async throws(NotifyError) {
        let notice = Notice(row: notice)
        let body = notice.json
        var request = URLRequest(url: address.url, cachePolicy: .reloadIgnoringLocalCacheData)
        request.httpMethod = "POST"
        request.httpBody = Data(body)
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.setValue("flotilla", forHTTPHeaderField: "User-Agent")
        request.setValue(notice.key, forHTTPHeaderField: "Idempotency-Key")
        if let secret {
            let code = HMAC<SHA256>.authenticationCode(for: body, using: secret)
            let digits = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            request.setValue("sha256=\(digits)", forHTTPHeaderField: "X-Flotilla-Signature")
        }
        let status = try await WebhookCall(limit: limit).answer(to: request)
        guard (200...299).contains(status) else { throw NotifyError("the webhook answered \(status)") }
    }
}

/// One request, of whose answer only the status is read.
///
/// A session of its own: the answer's body is never waited for, and the end is bounded by a clock of ours, for a server may send a byte now
/// and then for ever.
private final class WebhookCall: NSObject, URLSessionDataDelegate, Sendable {
    private struct State {
        var waiter: CheckedContinuation<Result<Int, NotifyError>, Never>?
        var isOver = false
    }

    private let limit: Duration
    private let state = Mutex(State())

    init(limit: Duration) {
        self.limit = limit
    }

    func answer(to request: URLRequest) async throws(NotifyError) -> Int {
        let settings = URLSessionConfiguration.ephemeral
        settings.httpCookieStorage = nil
        settings.urlCache = nil
        settings.httpShouldSetCookies = false
        // Ours strikes first; this is the net.
        settings.timeoutIntervalForRequest = limit / .seconds(1) + 5
        settings.timeoutIntervalForResource = limit / .seconds(1) + 5
        let session = URLSession(configuration: settings, delegate: self, delegateQueue: nil)
        let call = session.dataTask(with: request)
        let result = await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // A cancelled wait ends the call, too.
                try? await Task.sleep(for: self.limit)
                self.end(.failure(NotifyError("the webhook did not answer within \(self.limit)")))
            }
            let result = await withCheckedContinuation { waiter in
                let isOver = state.withLock { state in
                    if !state.isOver { state.waiter = waiter }
                    return state.isOver
                }
                if isOver {
                    waiter.resume(returning: .failure(NotifyError("the call was given up")))
                } else {
                    call.resume()
                }
            }
            group.cancelAll()
            return result
        }
        session.invalidateAndCancel()
        return try result.get()
    }

    /// The first end counts.
    private func end(_ result: Result<Int, NotifyError>) {
        let waiter = state.withLock { state in
            state.isOver = true
            return state.waiter.take()
        }
        waiter?.resume(returning: result)
    }

    func urlSession(
        _ session: URLSession,
        dataTask: URLSessionDataTask,
        didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        end((response as? HTTPURLResponse).map { .success($0.statusCode) } ?? .failure(NotifyError("the webhook's answer is not HTTP")))
        completionHandler(.cancel)
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        end(.success(response.statusCode))
        completionHandler(nil)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let error else { return end(.failure(NotifyError("the webhook closed without an answer"))) }
        // Not the whole error: it may name the address, and an address may hold a secret.
        end(.failure(NotifyError("the webhook cannot be reached: \((error as NSError).localizedDescription)")))
    }
}
