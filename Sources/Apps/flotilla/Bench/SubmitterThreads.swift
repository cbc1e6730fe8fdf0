import Foundation

/// Threads that block on sockets, beside the pool of tasks.
enum SubmitterThreads {
    /// Runs the work on so many threads and waits for all.
    ///
    /// - Parameters:
    ///   - count: how many threads.
    ///   - work: gets the number of its thread, from 0.
    /// - Returns: what each returned, in order.
    /// - Throws: what the first of them throws.
    static func run<Answer: Sendable>(
        _ count: Int,
        _ work: @escaping @Sendable (_ thread: Int) throws -> Answer
    ) async throws -> [Answer] {
        try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
            for number in 0..<count {
                group.addTask {
                    let answer = try await onThread { try work(number) }
                    return (number, answer)
                }
            }
            var answers: [Int: Answer] = [:]
            for try await (number, answer) in group { answers[number] = answer }
            return (0..<count).compactMap { answers[$0] }
        }
    }

    private static func onThread<Answer: Sendable>(_ work: @escaping @Sendable () throws -> Answer) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Result { try work() }) }
            thread.start()
        }
    }
}
