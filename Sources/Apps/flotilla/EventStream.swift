import APIContract
import Foundation
import FoundationNetworking
import Synchronization

/// The bytes of one answer that does not end by itself, as they arrive.
///
/// URLSession's own stream of bytes is missing on Linux; its delegate is there.
final class EventStream: NSObject, URLSessionDataDelegate {
    /// The server sends a comment at least each 15 s.
    private static let silenceMax: TimeInterval = 45

    let bytes: AsyncThrowingStream<Data, any Error>
    private let arrivals: AsyncThrowingStream<Data, any Error>.Continuation
    /// The status of an answer that is no stream, and what it says.
    private let refusal = Mutex<(status: Int, body: Data)?>(nil)

    private override init() {
        (bytes, arrivals) = AsyncThrowingStream.makeStream()
        super.init()
    }

    /// Asks; ends when the reader does, or the server.
    static func open(_ request: URLRequest) -> EventStream {
        let stream = EventStream()
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = silenceMax
        let session = URLSession(configuration: configuration, delegate: stream, delegateQueue: nil)
        let task = session.dataTask(with: request)
        stream.arrivals.onTermination = { _ in
            task.cancel()
            session.invalidateAndCancel()
        }
        task.resume()
        return stream
    }

    func urlSession(
        _ session: URLSession,
        dataTask: URLSessionDataTask,
        didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        if status != 200 { refusal.withLock { $0 = (status, Data()) } }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let isRefused = refusal.withLock { refusal in
            refusal?.body.append(data)
            return refusal != nil
        }
        if !isRefused { arrivals.yield(data) }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        if let refusal = refusal.withLock({ $0 }) {
            arrivals.finish(throwing: APIClient.error(refusal.status, refusal.body))
        } else {
            arrivals.finish(throwing: error)
        }
    }
}
