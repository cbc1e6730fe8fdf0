/// Runs `body` with a reactor thread of its own and stops it afterwards.
///
/// For tests and short tools: what was pinned on the thread must be closed when `body` returns.
package func withReactor<R>(name: String = "reactor", _ body: (ReactorThread) async throws -> R) async rethrows -> R {
    let reactor = ReactorThread(name: name)
    defer { reactor.stop() }
    return try await body(reactor)
}
