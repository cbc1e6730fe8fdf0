import Glibc
import Logging
import Reactor
import SNMP
import Synchronization

/// What came of it, as the line of JSON that `snmp-ceiling` prints too.
struct PollOutcome {
    var devices = 0
    var inFlight = 0
    var varbinds = 0
    var requests = 0
    /// Devices that gave no complete answer.
    var incomplete = 0
    var seconds = 0.0
    var cpuSeconds = 0.0
    var residentBytesMax = 0
    /// Seconds from the start until each device was done, in the order of devices; negative where the answer was not complete.
    var spans: [Double]?

    var json: String {
        var members = [
            "\"devices\": \(devices)", "\"inFlight\": \(inFlight)", "\"varbinds\": \(varbinds)", "\"requests\": \(requests)",
            "\"timeouts\": \(incomplete)", "\"seconds\": \(seconds)", "\"cpuSeconds\": \(cpuSeconds)",
            "\"residentBytesMax\": \(residentBytesMax)",
        ]
        if let spans { members.append("\"spans\": [\(spans.map { String($0) }.joined(separator: ", "))]") }
        return "{\(members.joined(separator: ", "))}"
    }
}

/// What one device gave.
struct Found: Sendable {
    var varbinds: Int
    var requests: Int
    var isComplete: Bool
}

extension PollOutcome {
    mutating func add(_ found: Found) {
        varbinds += found.varbinds
        requests += found.requests
        if !found.isComplete { incomplete += 1 }
    }
}

/// Asks all devices, so many at a time, one request under way for each.
struct PollRun: Sendable {
    let order: PollOrder

    func run() async throws -> PollOutcome {
        raiseDescriptorLimit()
        let start = ContinuousClock.now
        let cpu = Self.use().cpu
        var settings = SNMPSettings()
        settings.inFlightMax = order.inFlight
        let reactor = ReactorThread(name: "flotilla-snmp")
        let engine = SNMPEngine(
            reactor: reactor,
            settings: settings,
            logger: Logger(label: "poller", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        var outcome = try await ask(engine, since: start)
        outcome.seconds = (ContinuousClock.now - start) / .seconds(1)
        let use = Self.use()
        (outcome.cpuSeconds, outcome.residentBytesMax) = (use.cpu - cpu, use.resident)
        await engine.closeAll()
        return outcome
    }

    private func ask(_ engine: SNMPEngine, since start: ContinuousClock.Instant) async throws -> PollOutcome {
        var limits = DeviceLimits()
        limits.requestsPerSecond = 0
        limits.repetitionsMax = order.count
        limits.varbindsMax = max(order.count, limits.varbindsMax)
        limits.namesPerGet = order.count
        var opened: [SNMPDevice] = []
        for place in 0..<order.devices { opened.append(try await engine.open(order.target(place), limits: limits)) }
        let devices = opened
        if order.tellsSpans { return await race(engine, devices, try await others(engine, limits), since: start) }
        var outcome = PollOutcome(devices: order.devices, inFlight: order.inFlight)
        await withTaskGroup(of: Found.self) { group in
            var next = 0
            while next < min(order.inFlight, devices.count) {
                group.addTask { @concurrent [next] in await ask(engine, devices[next]) }
                next += 1
            }
            for await found in group {
                outcome.add(found)
                guard next < devices.count else { continue }
                group.addTask { @concurrent [next] in await ask(engine, devices[next]) }
                next += 1
            }
        }
        return outcome
    }

    // MARK: All at once, the engine holding the line

    private func others(_ engine: SNMPEngine, _ limits: DeviceLimits) async throws -> [SNMPDevice] {
        guard let others = order.others else { return [] }
        var opened: [SNMPDevice] = []
        for place in 0..<others.count {
            opened.append(try await engine.open(order.target(address: others.first &+ UInt32(place)), limits: limits))
        }
        return opened
    }

    /// Tells when each device was done; the others are mixed in evenly and not told of.
    private func race(
        _ engine: SNMPEngine,
        _ devices: [SNMPDevice],
        _ others: [SNMPDevice],
        since start: ContinuousClock.Instant
    ) async -> PollOutcome {
        var outcome = PollOutcome(devices: order.devices, inFlight: order.inFlight)
        var spans = [Double](repeating: 0, count: devices.count)
        let each = others.isEmpty ? Int.max : max(1, devices.count / others.count)
        await withTaskGroup(of: (place: Int?, found: Found, at: ContinuousClock.Instant).self) { group in
            for place in devices.indices {
                group.addTask { @concurrent in (place, await ask(engine, devices[place]), ContinuousClock.now) }
                guard place.isMultiple(of: each), place / each < others.count else { continue }
                group.addTask { @concurrent in (nil, await ask(engine, others[place / each]), ContinuousClock.now) }
            }
            for await (place, found, at) in group {
                guard let place else { continue }
                outcome.add(found)
                spans[place] = (at - start) / .seconds(1) * (found.isComplete ? 1 : -1)
            }
        }
        outcome.spans = spans
        return outcome
    }

    private func ask(_ engine: SNMPEngine, _ device: SNMPDevice) async -> Found {
        switch order.work {
        case .walk(let root):
            let result = await engine.walk(device, from: root, onPage: { _ in })
            return Found(varbinds: result.rowCount, requests: result.requests, isComplete: result.end.isComplete)
        case .get(let names):
            do throws(SNMPError) {
                let rows = try await engine.get(device, names)
                return Found(varbinds: rows.count, requests: (names.count + order.count - 1) / order.count, isComplete: true)
            } catch {
                return Found(varbinds: 0, requests: 0, isComplete: false)
            }
        }
    }

    private func raiseDescriptorLimit() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private static func use() -> (cpu: Double, resident: Int) {
        var use = rusage()
        getrusage(RUSAGE_SELF.rawValue, &use)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return (seconds(use.ru_utime) + seconds(use.ru_stime), use.ru_maxrss * 1024)
    }
}
