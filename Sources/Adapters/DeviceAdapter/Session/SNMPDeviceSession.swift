import Domain
import SNMP

/// One visit to one OLT, in the words of the domain.
struct SNMPDeviceSession: DeviceSession {
    let asker: DeviceAsker
    let shelf: ProfileShelf
    let book: DeviceBook
    let key: DeviceBook.Key
    /// The profile it was entered with, or `auto`.
    let entered: String
    let repetitionsMax: Int

    func facts() async throws(DeviceError) -> DeviceFacts {
        var facts = try await systemGroup()
        let profile = try await profile(of: facts)
        facts.profile = profile.name
        facts.vendor = profile.vendor
        return facts
    }

    func identify() async throws(DeviceError) -> DeviceIdentity {
        var facts = try await systemGroup()
        let finder = ProfileFinder(asker: asker, shelf: shelf)
        let found = try await finder.tryAll(facts)
        let profile = isAutomatic ? found.profile : shelf.profile(entered)
        if let profile, isAutomatic { book.note(profile.name, of: key) }
        facts.profile = profile?.name
        facts.vendor = profile?.vendor
        return DeviceIdentity(facts: facts, trials: found.trials)
    }

    func walk(_ subtree: String, _ bounds: WalkBounds) async throws(DeviceError) -> RawWalk {
        guard let root = OID(subtree), root.canBeSent else {
            throw .unsupported(device: asker.name, what: "a walk of \"\(subtree)\": not a numeric OID such as 1.3.6.1.2.1.1")
        }
        let options = WalkOptions(rowsMax: bounds.rowsMax, bytesMax: bounds.bytesMax, timeMax: bounds.timeMax)
        let walked = await asker.walk([root], options)
        var rows: [RawWalk.Row] = []
        var bytes = 0
        var isCut = false
        for row in walked.pages.joined() {
            let row = RawWalk.Row(row)
            bytes += row.oid.utf8.count + row.type.utf8.count + row.value.utf8.count
            guard bytes <= bounds.bytesMax else {
                isCut = true
                break
            }
            rows.append(row)
        }
        switch walked.end {
        case .complete:
            let coverage = isCut ? Coverage.partial(reason: WalkReason.byteCap(bounds.bytesMax).words) : .complete
            return RawWalk(rows: rows, coverage: coverage, requests: walked.requests)
        case .partial(let reason), .refused(let reason):
            if let stop = asker.stopped(by: reason) { throw stop }
            guard !rows.isEmpty || reason.isBound else { throw asker.error(reason) }
            return RawWalk(rows: rows, coverage: .partial(reason: reason.words), requests: walked.requests)
        }
    }

    func discover() async throws(DeviceError) -> Survey {
        let profile = try await profile(of: nil)
        var surveyor = surveyor(profile)
        let survey = try await surveyor.discover()
        if let survey, !survey.observations.isEmpty || survey.coverage != .complete || !survey.ports.isEmpty { return survey }
        let facts = try await systemGroup()
        // Another box, or other firmware, stands there now.
        if isAutomatic, let other = try await foundAnew(facts), other != profile {
            var surveyor = self.surveyor(other)
            if let survey = try await surveyor.discover() { return survey }
        }
        guard profile.match.isLast || profile.fit(facts.sysObjectID.flatMap { OID($0) }) != nil else {
            throw .unsupported(
                device: asker.name,
                what: "any table of the profile \(profile.name) (it says it is \(facts.sysObjectID ?? "nothing"))"
            )
        }
        return survey ?? surveyor.sheet.survey
    }

    func read(_ columns: [ONUColumn], of indexes: [String]?) async throws(DeviceError) -> Survey {
        let profile = try await profile(of: nil)
        let fields = columns.flatMap(\.fields).filter(profile.has)
        guard !fields.isEmpty else {
            let wanted = columns.map(\.rawValue).joined(separator: ", ")
            throw .unsupported(device: asker.name, what: "\(wanted) (the profile \(profile.name) has no such column)")
        }
        var surveyor = surveyor(profile)
        guard let indexes else { return try await surveyor.read(fields) }
        return try await surveyor.read(fields, of: indexes)
    }

    /// Under a lease it stays until nothing of it can be under way: whoever holds the lease next meets a quiet device.
    func close() async {
        await asker.engine.close(asker.device)
        let left = asker.echo.left(at: ContinuousClock.now)
        guard asker.permission.number != nil, left > .zero else { return }
        // Cut short only by a cancelled attempt, which gives its lease back as unclean.
        try? await Task.sleep(for: left)
    }

    // MARK: The profile

    private var isAutomatic: Bool { entered == OLT.anyProfile }

    func surveyor(_ profile: Profile) -> Surveyor {
        Surveyor(asker: asker, profile: profile, book: book, key: key, repetitionsMax: repetitionsMax)
    }

    /// The profile that was entered, remembered, or is found now.
    private func profile(of facts: DeviceFacts?) async throws(DeviceError) -> Profile {
        if !isAutomatic {
            guard let profile = shelf.profile(entered) else { throw .unknownProfile(name: entered, known: shelf.names) }
            return profile
        }
        if let profile = book.profile(of: key).flatMap(shelf.profile) { return profile }
        var known = facts
        if known == nil { known = try await systemGroup() }
        guard let found = try await foundAnew(known ?? DeviceFacts()) else {
            let names = shelf.names.joined(separator: ", ")
            throw .unsupported(device: asker.name, what: "any table that is known here; enter it with the profile that fits: \(names)")
        }
        return found
    }

    private func foundAnew(_ facts: DeviceFacts) async throws(DeviceError) -> Profile? {
        book.forget(key)
        let profile = try await ProfileFinder(asker: asker, shelf: shelf).find(facts)
        if let profile { book.note(profile.name, of: key) }
        return profile
    }

    private func systemGroup() async throws(DeviceError) -> DeviceFacts {
        let system: OID = [1, 3, 6, 1, 2, 1, 1]
        let cells = try await asker.get([[1, 0], [2, 0], [3, 0], [5, 0]].map { system.appending($0) })
        let facts = DeviceFacts(description: cells[0].value, objectID: cells[1].value, upTime: cells[2].value, name: cells[3].value)
        book.met(facts.sysObjectID, key)
        return facts
    }
}

extension WalkReason {
    /// A bound of ours ended the walk.
    fileprivate var isBound: Bool {
        switch self {
        case .rowCap, .byteCap, .timeCap: true
        default: false
        }
    }
}

extension ONUColumn {
    /// The profile's fields behind a column of `snmp.get`.
    var fields: [Profile.Field] {
        switch self {
        case .description: [.description, .name]
        case .status: [.runStatus, .adminStatus, .lastDownCause]
        case .distance: [.distance]
        case .optics: [.rxOnu, .txOnu, .rxOlt, .temperature, .voltage, .bias]
        case .serial: [.serial, .mac]
        case .inventory: [.model, .firmware]
        }
    }
}
