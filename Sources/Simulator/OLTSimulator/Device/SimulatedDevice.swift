/// One simulated device: decides what a request gets and when.
///
/// It does nothing itself; the simulator sends what it is told.
package struct SimulatedDevice: Sendable {
    /// An answer that is to leave at a time.
    package struct Departure: Sendable {
        /// Since the simulator started.
        package var due: Duration
        package var bytes: [UInt8]
        package var to: Sender
        package var from: DeviceAddress
        /// Whether it leaves from a port that nobody asked.
        package var isFromOtherPort = false
        /// Whether its leaving ends a request; a duplicate's does not.
        package var endsRequest: Bool
        package var varbinds: Int
    }

    /// Most requests that wait in one device; more are dropped.
    package static let waitingMax = 1000

    package let address: DeviceAddress
    package private(set) var account = Account()
    package private(set) var witness = HolderWitness()
    package private(set) var ledger: HourLedger
    private let identity: DeviceIdentity
    private var rows: RowTable
    /// What hangs on a generated device.
    package private(set) var site: GeneratedSite?
    private let isVaried: Bool
    private let community: [UInt8]
    private let octetsMax: Int
    private var faults: Faults
    private var faultsSince: Duration = .zero
    private var startedAt: Duration = .zero
    private var hasRestarted = false
    /// snmpEngineBoots.
    private var boots: Int32 = 1
    /// Whether the reboot of the present faults has happened.
    private var rebootIsDone = false
    private var busyUntil: Duration = .zero
    private var inFlight = 0
    private var walk = Agent.Walk()
    private var dice: SeededDice

    /// Makes a device; `isVaried` gives a recording's serials and sysName a form that no other device has.
    package init(
        address: DeviceAddress,
        rows: RowTable,
        isVaried: Bool = false,
        community: String,
        seed: UInt64,
        faults: Faults,
        octetsMax: Int,
        hour: Duration = .seconds(3600)
    ) {
        self.address = address
        self.isVaried = isVaried
        self.rows = rows
        site = rows.origin.map { GeneratedSite($0.shape, seed: $0.seed) }
        self.community = Array(community.utf8)
        self.faults = faults
        self.octetsMax = octetsMax
        ledger = HourLedger(hour: hour)
        identity = DeviceIdentity(address: address, seed: seed)
        dice = SeededDice(seed: Scramble.mix(identity.key, 0x4641_554C))
    }

    package var report: DeviceReport {
        DeviceReport(address: address, account: account, witness: witness, ledger: ledger)
    }

    package mutating func setFaults(_ faults: Faults, at now: Duration) {
        self.faults = faults
        faultsSince = now
        rebootIsDone = false
        walk = Agent.Walk()
    }

    /// Opens a fresh account; requests in work go on.
    package mutating func resetAccount() {
        account = Account()
        witness = HolderWitness()
        ledger = HourLedger(hour: ledger.hour)
    }

    /// Does something to a generated device; its rows follow.
    package mutating func change(_ change: SiteChange, at now: Duration) throws(SiteError) {
        guard site != nil else { throw .notGenerated }
        try site?.apply(change, at: now)
        if change.movesRows, let site { rows = site.rows() }
    }

    /// The ONUs of a generated device as they are now.
    package func units(at now: Duration) throws(SiteError) -> [UnitReport] {
        guard let site else { throw .notGenerated }
        return site.layout.flatMap { port in
            port.units.map { unit in
                let outage = site.outage(ofUnit: unit.ordinal, faults, since: faultsSince)
                let state = GeneratedUnit(unit.ordinal, of: identity, outage: outage, elapsed: now - startedAt)
                let place = UnitPlace(port.place.position, port.place.port, id: unit.id)
                return UnitReport(
                    port: place.port,
                    id: unit.id,
                    index: ObjectName(site.shape.vendor.tables.unitIndex(place)),
                    serial: state.serialText,
                    isOnline: !state.isOffline,
                    lastDownCause: state.lastDownCause
                )
            }
        }
    }

    package mutating func departed(_ departure: Departure) {
        account.answers += 1
        account.varbinds += departure.varbinds
        if departure.endsRequest { inFlight -= 1 }
    }

    /// Takes one datagram.
    package mutating func receive(_ datagram: [UInt8], from sender: Sender, at now: Duration) -> [Departure] {
        account.requests += 1
        let request: AgentMessage
        do throws(BERError) {
            request = try AgentMessage(decoding: datagram)
        } catch {
            account.malformed += 1
            return []
        }
        guard let holder = CommunityTag.holder(of: request.community, expected: community, from: sender) else {
            account.wrongCommunity += 1
            return []
        }
        guard count(request) else { return [] }
        if !request.isLight(from: holder) {
            let isDear = request.bindings.contains { binding in Vendor.optics.contains { binding.name.isWithin($0) } }
            let news = witness.note(holder, at: now, isDear: isDear)
            ledger.note(news, at: now)
        }
        guard isReachable(at: now), !isOverloaded, !dice.happens(faults.loss), inFlight < Self.waitingMax else {
            account.dropped += 1
            if isOverloaded { account.overloaded += 1 }
            return []
        }
        var agent = Agent(
            rows: rows,
            site: site,
            identity: identity,
            isVaried: isVaried,
            faults: faults,
            faultsSince: faultsSince,
            octetsMax: faults.huge > 0 ? 65_507 : octetsMax,
            elapsed: now - startedAt,
            hasRestarted: hasRestarted,
            boots: boots
        )
        guard let answer = agent.answer(request, &walk) else {
            account.malformed += 1
            return []
        }
        guard answer.bytes.count <= faults.dropOver ?? .max else {
            account.dropped += 1
            return []
        }
        return depart(answer, to: sender, at: now)
    }

    private mutating func count(_ request: AgentMessage) -> Bool {
        switch request.kind {
        case .get: account.get += 1
        case .getNext: account.getNext += 1
        case .getBulk where request.version == .v2c: account.getBulk += 1
        case .set: account.set += 1
        case .getBulk, .response, .inform, .trap, .report:
            account.malformed += 1
            return false
        }
        return true
    }

    private var isOverloaded: Bool { faults.overload != nil && inFlight > 0 }

    private mutating func isReachable(at now: Duration) -> Bool {
        if faults.isSilent { return false }
        guard let reboot = faults.reboot, now - faultsSince >= reboot.after else { return true }
        if !rebootIsDone {
            rebootIsDone = true
            hasRestarted = true
            boots += 1
            startedAt = faultsSince + reboot.after
        }
        return now - startedAt >= reboot.away
    }

    private mutating func depart(_ answer: Agent.Answer, to sender: Sender, at now: Duration) -> [Departure] {
        inFlight += 1
        account.inFlightMax = max(account.inFlightMax, inFlight)
        let work = max(faults.delay + answer.cost, faults.overload ?? .zero)
        busyUntil = max(busyUntil, now) + work
        var departure = Departure(
            due: busyUntil,
            bytes: spoiled(answer.bytes),
            to: sender,
            from: dice.happens(faults.wrongSource) ? DeviceAddress(number: address.number ^ 0x80) : address,
            isFromOtherPort: dice.happens(faults.wrongPort),
            endsRequest: true,
            varbinds: answer.varbinds
        )
        if let late = faults.late, dice.happens(late.share) { departure.due += late.by }
        guard dice.happens(faults.duplicate) else { return [departure] }
        var again = departure
        again.endsRequest = false
        again.varbinds = 0
        return [departure, again]
    }

    private mutating func spoiled(_ bytes: [UInt8]) -> [UInt8] {
        if dice.happens(faults.garbage) {
            return [0x30, 0x82] + (0..<max(bytes.count, 8)).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
        }
        if dice.happens(faults.truncated) { return Array(bytes.prefix(max(bytes.count / 2, 1))) }
        if dice.happens(faults.wrongID), var message = try? AgentMessage(decoding: bytes) {
            message.requestID = message.requestID &+ 7919
            return message.encoded()
        }
        return bytes
    }
}

extension AgentMessage {
    /// It asks nothing that would need a lease.
    func isLight(from holder: HolderWitness.Holder) -> Bool {
        switch (kind, holder) {
        case (.get, _): bindings.allSatisfy { $0.name.isWithin(.system) }
        // Whoever has no number and asks for one row of a tree looks which trees there are.
        case (.getNext, .sender): true
        default: false
        }
    }
}
