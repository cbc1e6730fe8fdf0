import Foundation
import FoundationNetworking

extension URLSession {
    /// The answer to a request, waited for to its end: it is bounded by the request's own timeout, not by cancellation.
    ///
    /// `data(for:)` of the toolchain's Foundation (6.3.1) can lock up for good when its task is cancelled while the answer comes: the
    /// cancellation holds the task's lock and waits for the session's queue, which waits for that lock to resume the task.
    func answer(to request: URLRequest) async throws -> (Data, URLResponse) {
        try await withCheckedThrowingContinuation { waiter in
            dataTask(with: request) { data, response, error in
                if let data, let response {
                    waiter.resume(returning: (data, response))
                } else {
                    waiter.resume(throwing: error ?? URLError(.badServerResponse))
                }
            }.resume()
        }
    }
}
