import Domain

/// One attempt's visit to a device: keep quiet as long as asked, open, work, close.
struct DeviceVisit {
    let devices: any DeviceGateway
    let task: DispatchedTask
    let context: RunContext

    /// - Throws: the device's error as a fault; an interrupted visit ends with `stopped`.
    func run(_ body: (any DeviceSession, OLTID) async throws(DeviceError) -> Yield) async throws(TaskFault) -> Yield {
        guard let access = task.device else {
            throw TaskFault("no_device", "the task came without its OLT's address", retryable: false)
        }
        if context.quietGap > .zero {
            let gap = max(context.quietGap, access.limits.quietGap ?? .zero)
            do {
                try await context.sleep(gap)
            } catch {
                throw DeviceError.stopped(reason: "cancelled during the quiet gap").fault
            }
        }
        do throws(DeviceError) {
            let session = try await devices.open(access, permission: context.permission)
            let result = await attempt(body, session, access.olt)
            await session.close()
            return try result.get()
        } catch {
            throw error.fault
        }
    }

    private func attempt(
        _ body: (any DeviceSession, OLTID) async throws(DeviceError) -> Yield,
        _ session: any DeviceSession,
        _ olt: OLTID
    ) async -> Result<Yield, DeviceError> {
        do throws(DeviceError) {
            return .success(try await body(session, olt))
        } catch {
            return .failure(error)
        }
    }
}
