import Foundation
import FoundationNetworking

extension URLSession {
    /// Waits for the answer to its end, as long as the request's own timeout lets it; cancellation of the task is not passed on.
    ///
    /// Foundation's `data(for:)` (6.3.1) can lock up when the task is cancelled while the answer comes.
    func answer(to request: URLRequest) async throws -> (Data, URLResponse) {
        try await withCheckedThrowingContinuation { waiter in
            let task = dataTask(with: request) { data, response, error in
                guard let data, let response else { return waiter.resume(throwing: error ?? URLError(.badServerResponse)) }
                waiter.resume(returning: (data, response))
            }
            task.resume()
        }
    }
}
