/// Who waits for a reply: one caller, or one place of a batch that one caller waits for.
enum RedisWaiter {
    case single(CheckedContinuation<Result<RedisValue, RedisError>, Never>)
    case part(of: RedisBatch, index: Int)

    func resume(with result: Result<RedisValue, RedisError>) {
        switch self {
        case .single(let continuation): continuation.resume(returning: result)
        case .part(let batch, let index): batch.fill(index, with: result)
        }
    }
}

/// The results of pipelined commands until the last one is there.
///
/// Lives on the reactor thread.
final class RedisBatch {
    private var results: [Result<RedisValue, RedisError>]
    private var missing: Int
    private let continuation: CheckedContinuation<[Result<RedisValue, RedisError>], Never>

    init(count: Int, continuation: CheckedContinuation<[Result<RedisValue, RedisError>], Never>) {
        results = Array(repeating: .failure(.cancelled), count: count)
        missing = count
        self.continuation = continuation
    }

    func fill(_ index: Int, with result: Result<RedisValue, RedisError>) {
        results[index] = result
        missing -= 1
        if missing == 0 { continuation.resume(returning: results) }
    }
}
