package import Logging
package import Reactor

/// SNMP of a whole process: every call of the library is made on one reactor thread.
///
/// Any task may call. One request a device is under way at a time; others wait in the order they came. A request that
/// was cancelled while its datagram was under way answers at once, but the device stays occupied until the answer comes
/// or its time is over.
@safe
package actor SNMPEngine {
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe reactor.asUnownedSerialExecutor() }

    private nonisolated let reactor: ReactorThread
    let settings: SNMPSettings
    let logger: Logger
    let clock = ContinuousClock()

    var devices: [SNMPDevice: DeviceSession] = [:]
    var memories: [Endpoint: DeviceMemory] = [:]
    var counted = SNMPCounters()
    var inFlight = 0
    var queue = SlotQueue()
    var engines: EngineRegistry
    private let masterKeys = MasterKeys()
    /// Sessions that fit: the setting, or what the descriptors allow.
    package nonisolated let devicesMax: Int
    private var lastDevice: UInt64 = 0
    private var lastTicket: UInt64 = 0

    /// One reactor per process: a second thread is refused by `open` while sessions are open on the first.
    ///
    /// Where fewer devices fit into the descriptors than the settings allow, the log says how many.
    package init(
        reactor: ReactorThread,
        settings: SNMPSettings = SNMPSettings(),
        descriptors: DescriptorLimit = .raised(),
        logger: Logger
    ) {
        self.reactor = reactor
        self.settings = settings
        self.logger = logger
        engines = EngineRegistry(most: settings.memoriesMax)
        devicesMax = min(settings.devicesMax, descriptors.devices)
        if devicesMax < settings.devicesMax {
            logger.warning(
                "fewer devices fit than are allowed: raise the limit of open files",
                metadata: [
                    "snmp.devices": "\(devicesMax)", "snmp.devices-max": "\(settings.devicesMax)", "descriptors": "\(descriptors.most)",
                ]
            )
        }
    }

    // MARK: Sessions

    /// Opens a session with a device; sends nothing.
    ///
    /// Answer times, sizes and the engine learned in earlier sessions with the same address, port and limits are used
    /// again; user and passphrases never: a session has those it was opened with.
    package func open(_ target: SNMPTarget, limits: DeviceLimits = DeviceLimits()) async throws(SNMPError) -> SNMPDevice {
        var keys: UserKeys?
        if let user = target.user { keys = try await masterKeys.keys(of: user) }
        guard devices.count < devicesMax else { throw .tooManyDevices(open: devices.count, max: devicesMax) }
        let limits = limits.sane()
        let session = try open(target, keys)
        lastDevice += 1
        let id = SNMPDevice(number: lastDevice)
        let device = DeviceSession(id: id, target: target, limits: limits, session: session, memory: memory(of: target.endpoint, limits))
        do {
            device.watch = try reactor.watch(session.descriptor, for: .readable) { _ in self.readable(id) }
        } catch {
            session.close()
            throw .cannotOpen(target.description, systemError: 0)
        }
        device.memory.opened(revision: target.revision)
        if target.user != nil, let engine = device.memory.engine { session.engine = engine }
        devices[id] = device
        return id
    }

    private func open(_ target: SNMPTarget, _ keys: UserKeys?) throws(SNMPError) -> SNMPSession {
        do throws(SNMPError) {
            return try SNMPSession(target, keys: keys)
        } catch {
            guard case .cannotOpen(_, let systemError) = error, DescriptorLimit.isExhausted(systemError) else { throw error }
            throw .tooManyDevices(open: devices.count, max: devices.count)
        }
    }

    /// Ends a session.
    ///
    /// What was under way or waiting ends with `closed`. A next session with the same address and limits sends nothing
    /// before the life of what is under way now is over.
    /// - Returns: what `isQuiet` would have said before.
    @discardableResult
    package func close(_ id: SNMPDevice) -> Bool {
        guard let device = devices.removeValue(forKey: id) else { return true }
        let isQuiet = !device.isInFlight
        if case .inFlight(let flight) = device.state { device.memory.busyUntil = flight.endsAt }
        leaveState(device)
        if let watch = device.watch { reactor.unwatch(watch) }
        if device.target.user != nil { device.memory.engine = device.session.engine }
        device.session.close()
        let ending = (device.current.map { [$0] } ?? []) + device.waiting
        device.current = nil
        device.waiting = []
        for exchange in ending {
            _ = exchange.stopped(.closed)
            exchange.resume()
        }
        serveQueue(after: device)
        return isQuiet
    }

    /// Closes every session; the engine may be used again afterwards.
    package func closeAll() {
        for id in Array(devices.keys) { close(id) }
        memories = [:]
    }

    /// Forgets which columns the device was found not to have.
    package func forgetMissing(_ id: SNMPDevice) {
        devices[id]?.memory.missing.forgetAll()
    }

    /// Whether the device was found, within the last day, not to have a column.
    package func isKnownMissing(_ column: OID, of id: SNMPDevice) -> Bool {
        devices[id]?.memory.missing.contains(column, now: clock.now) ?? false
    }

    /// Whether no datagram of ours may still be under way to the device: false for at most `pduLifeMax` after a send.
    package func isQuiet(_ id: SNMPDevice) -> Bool {
        devices[id].map { !$0.isInFlight } ?? true
    }

    package var sessionCount: Int { devices.count }

    package var counters: SNMPCounters { counted }

    /// Addresses that show one engine id, in the order they were found.
    package var sharedEngines: [SharedEngine] { engines.shared }

    /// Requests under way, and devices that wait for a slot.
    package var load: (inFlight: Int, waiting: Int) { (inFlight, queue.count) }

    // MARK: Requests

    /// Reads names; the answers are in the order of `names`, with `noSuchObject` and the like as values.
    ///
    /// - Throws: the first error that concerns more than one name; nothing partial is given back.
    package func get(
        _ id: SNMPDevice,
        _ names: [OID],
        guard mayStillSend: @escaping SendGuard = { _ in nil }
    ) async throws(SNMPError) -> [VarBind] {
        try await ask(id, names, isNext: false, guard: mayStillSend)
    }

    /// Reads what lies behind each of the names, with its own name; the end of the view is said with the name that was asked.
    package func next(
        _ id: SNMPDevice,
        after names: [OID],
        guard mayStillSend: @escaping SendGuard = { _ in nil }
    ) async throws(SNMPError) -> [VarBind] {
        try await ask(id, names, isNext: true, guard: mayStillSend)
    }

    private func ask(
        _ id: SNMPDevice,
        _ names: [OID],
        isNext: Bool,
        guard mayStillSend: @escaping SendGuard
    ) async throws(SNMPError) -> [VarBind] {
        guard let device = devices[id] else { throw .closed }
        if let bad = names.first(where: { !$0.canBeSent }) { throw .badName(bad) }
        guard device.waiting.count < device.limits.queueMax else { throw .busy(waiting: device.waiting.count) }
        let ticket = nextTicket()
        let machine = GetMachine(names: names, isNext: isNext, namesPerGet: device.memory.namesPerGet, retries: device.limits.retries)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { answer in
                submit(
                    PendingGet(ticket: ticket, machine: machine, memory: device.memory, mayStillSend: mayStillSend, answer: answer),
                    to: device
                )
            }
        } onCancel: {
            cancelSoon(ticket, of: id)
        }
        return try result.get()
    }

    /// Walks the subtree below `root`.
    ///
    /// Without `onPage` the rows are collected. With it each page is handed over on the SNMP thread, which must not be
    /// held up, and `rows` of the result is empty.
    package func walk(
        _ id: SNMPDevice,
        from root: OID,
        options: WalkOptions = WalkOptions(),
        guard mayStillSend: @escaping SendGuard = { _ in nil },
        onPage: (@Sendable (SNMPRows) -> Void)? = nil
    ) async -> WalkResult {
        await walk(id, columns: [root], options: options, guard: mayStillSend, onPage: onPage)
    }

    /// Walks several columns at once, all of them in each GETBULK.
    ///
    /// The rows come interleaved; the caller joins them by index. Complete when every column has ended.
    package func walk(
        _ id: SNMPDevice,
        columns: [OID],
        options: WalkOptions = WalkOptions(),
        guard mayStillSend: @escaping SendGuard = { _ in nil },
        onPage: (@Sendable (SNMPRows) -> Void)? = nil
    ) async -> WalkResult {
        guard let device = devices[id] else { return .refused(.closed) }
        if let bad = columns.first(where: { !$0.canBeSent }) { return .refused(.badName(bad)) }
        guard !columns.isEmpty else { return .refused(.noColumns) }
        let now = clock.now
        let skipped = options.missing == .remember ? columns.filter { device.memory.missing.contains($0, now: now) } : []
        let columns = skipped.isEmpty ? columns : columns.filter { !skipped.contains($0) }
        guard !columns.isEmpty else { return WalkResult(end: .complete, skipped: skipped) }
        guard device.waiting.count < device.limits.queueMax else { return .refused(.busy) }
        let ticket = nextTicket()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { answer in
                let machine = WalkMachine(
                    roots: columns,
                    version: device.target.version,
                    options: options,
                    limits: device.limits,
                    learned: device.memory.repetitions(of: options.columnClass),
                    now: clock.now
                )
                let walk = PendingWalk(
                    ticket: ticket,
                    machine: machine,
                    options: options,
                    skipped: skipped,
                    memory: device.memory,
                    mayStillSend: mayStillSend,
                    takePage: onPage,
                    answer: answer
                )
                submit(walk, to: device)
            }
        } onCancel: {
            cancelSoon(ticket, of: id)
        }
    }

    // MARK: Bookkeeping

    private func memory(of endpoint: Endpoint, _ limits: DeviceLimits) -> DeviceMemory {
        if let known = memories[endpoint], known.limits == limits { return known }
        let memory = DeviceMemory(limits: limits, now: clock.now)
        if memories.count >= settings.memoriesMax, let any = memories.keys.first { memories[any] = nil }
        memories[endpoint] = memory
        return memory
    }

    private func nextTicket() -> UInt64 {
        lastTicket += 1
        return lastTicket
    }

    private nonisolated func cancelSoon(_ ticket: UInt64, of id: SNMPDevice) {
        reactor.post { self.assumeIsolated { $0.cancel(ticket, of: id) } }
    }

    // MARK: Timers of the thread

    func schedule(after delay: Duration, _ body: @escaping () -> Void) -> TimerToken {
        reactor.schedule(after: delay, body)
    }

    func cancel(_ timer: TimerToken) {
        reactor.cancel(timer)
    }
}

extension WalkResult {
    static func refused(_ reason: WalkReason) -> WalkResult {
        WalkResult(end: .refused(reason))
    }

    /// Of a walk for which nothing was sent.
    init(end: WalkEnd, skipped: [OID] = []) {
        self.init(rows: SNMPRows(), end: end, rowCount: 0, requests: 0, skipped: skipped, empty: [])
    }
}
