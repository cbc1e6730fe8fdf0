package import Domain

/// The kind `fail`: fails on purpose, to see retries and dead letters at work.
///
/// Fails retryably while the attempt is at most `times` (missing: always); `final: true` fails finally.
package struct Fail: Operation {
    package let kind = "fail"

    package init() {}

    package func run(_ task: DispatchedTask, in context: RunContext) async throws(TaskFault) -> Yield {
        let message = task.payload["message"]?.text ?? "it was asked to fail"
        if task.payload["final"]?.bool == true { throw TaskFault("asked", message, retryable: false) }
        let times = task.payload["times"]?.whole ?? .max
        guard task.attempt > times else { throw TaskFault("asked", message, retryable: true) }
        return Yield(result: ["failedBefore": .number(Double(times))])
    }
}
