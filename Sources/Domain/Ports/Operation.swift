/// One kind of task, as a worker runs it.
package protocol Operation: Sendable {
    /// The kind's name, e.g. `snmp.discovery`.
    var kind: String { get }

    /// Runs one attempt. Cancellation means: stop sending, return soon.
    func run(_ task: DispatchedTask, in context: RunContext) async throws(TaskFault) -> Yield
}

/// What an attempt may use.
package struct RunContext: Sendable {
    package let permission: SendPermission
    /// How long the worker must keep quiet towards the device first.
    package let quietGap: Duration
    package let time: TimeSource
    /// Sleeps; throws when the attempt is cancelled.
    package let sleep: @Sendable (Duration) async throws(CancellationError) -> Void

    package init(
        permission: SendPermission,
        quietGap: Duration,
        time: TimeSource,
        sleep: @escaping @Sendable (Duration) async throws(CancellationError) -> Void
    ) {
        self.permission = permission
        self.quietGap = quietGap
        self.time = time
        self.sleep = sleep
    }
}

/// What a successful attempt brings home.
package struct Yield: Hashable, Sendable {
    package let result: Payload
    package let device: DeviceResult?

    package init(result: Payload = [:], device: DeviceResult? = nil) {
        self.result = result
        self.device = device
    }
}
