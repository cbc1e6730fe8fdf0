package import Domain

/// The kind `noop`: sleeps `sleepMs` milliseconds and succeeds.
package struct Noop: Operation {
    package let kind = "noop"

    package init() {}

    package func run(_ task: DispatchedTask, in context: RunContext) async throws(TaskFault) -> Yield {
        guard let sleep = task.payload["sleepMs"]?.whole, sleep > 0 else { return Yield() }
        do throws(CancellationError) {
            try await context.sleep(.milliseconds(sleep))
        } catch {
            throw TaskFault("stopped", "the sleep was cut off", retryable: true)
        }
        return Yield()
    }
}
