import Domain
import SNMP

/// One visit to one OLT, in the words of the domain.
struct SNMPDeviceSession: DeviceSession {
    let engine: SNMPEngine
    let device: SNMPDevice
    let profile: Profile
    let name: String
    let permission: SendPermission
    private let echo = Echo(life: SNMP.DeviceLimits().pduLifeMax)

    init(engine: SNMPEngine, device: SNMPDevice, profile: Profile, name: String, permission: SendPermission) {
        self.engine = engine
        self.device = device
        self.profile = profile
        self.name = name
        self.permission = permission
    }

    func facts() async throws(DeviceError) -> DeviceFacts {
        let system: OID = [1, 3, 6, 1, 2, 1, 1]
        let names = [[1, 0], [2, 0], [3, 0], [5, 0]].map { system.appending($0) }
        let cells: [VarBind]
        do throws(SNMPError) {
            cells = try await engine.get(device, names, guard: sendGuard)
            echo.answered()
        } catch {
            echo.ended(error, at: ContinuousClock.now)
            throw deviceError(error)
        }
        guard cells.count == names.count else { throw .garbage(device: name, what: "an answer with \(cells.count) values") }
        return DeviceFacts(description: cells[0].value, objectID: cells[1].value, upTime: cells[2].value, name: cells[3].value)
    }

    func identify() async throws(DeviceError) -> DeviceIdentity {
        let facts = try await facts()
        let objectID = facts.sysObjectID.flatMap(OID.init)
        let isProposed = objectID.map { profile.objectID.isPrefix(of: $0) } ?? false
        return DeviceIdentity(
            facts: facts,
            trials: [DeviceIdentity.Trial(profile: profile.name, isProposed: isProposed, answered: isProposed)]
        )
    }

    func walk(_ subtree: String, _ bounds: WalkBounds) async throws(DeviceError) -> RawWalk {
        throw .unsupported(device: name, what: "a walk")
    }

    func discover() async throws(DeviceError) -> Survey {
        var sheet = SurveySheet(profile: profile)
        try await fill(&sheet, with: profile.discovery, of: nil)
        guard sheet.isEmpty, sheet.coverage == .complete else { return sheet.survey }
        let facts = try await facts()
        guard let objectID = facts.sysObjectID.flatMap(OID.init), profile.objectID.isPrefix(of: objectID) else {
            throw .unsupported(
                device: name,
                what: "any table of the profile \(profile.name) (it says it is \(facts.sysObjectID ?? "nothing"))"
            )
        }
        return sheet.survey
    }

    func read(_ columns: [ONUColumn], of indexes: [String]?) async throws(DeviceError) -> Survey {
        let fields = columns.flatMap(\.fields).filter { profile.columns[$0] != nil }
        guard !fields.isEmpty else {
            let wanted = columns.map(\.rawValue).joined(separator: ", ")
            throw .unsupported(device: name, what: "\(wanted) (the profile \(profile.name) has no such column)")
        }
        var sheet = SurveySheet(profile: profile)
        try await fill(&sheet, with: fields, of: indexes)
        return sheet.survey
    }

    /// Under a lease it stays until nothing of it can be under way: whoever holds the lease next meets a quiet device.
    func close() async {
        await engine.close(device)
        let left = echo.left(at: ContinuousClock.now)
        guard permission.number != nil, left > .zero else { return }
        // Cut short only by a cancelled attempt, which gives its lease back as unclean.
        try? await Task.sleep(for: left)
    }

    private var sendGuard: SendGuard {
        let refusal = permission.refusal
        return { now in refusal(now).map(SendRefusal.other) }
    }

    private func fill(_ sheet: inout SurveySheet, with fields: [Profile.Field], of indexes: [String]?) async throws(DeviceError) {
        for field in fields {
            guard let column = profile.columns[field] else { continue }
            if let indexes {
                try await get(field, column, of: indexes, into: &sheet)
            } else {
                try await walk(field, column, into: &sheet)
            }
        }
    }

    private func walk(_ field: Profile.Field, _ column: Profile.Column, into sheet: inout SurveySheet) async throws(DeviceError) {
        let options = WalkOptions(columnClass: column.cost == .dear ? .dear : .cheap)
        let progress = permission.progress
        let basket = PageBasket()
        let keep: @Sendable (SNMPRows) -> Void = { page in
            progress(RunStep(rows: page.count))
            basket.add(page)
        }
        let result = await engine.walk(device, from: column.oid, options: options, guard: sendGuard, onPage: keep)
        let pages = basket.pages
        sheet.requests += result.requests
        switch result.end {
        case .complete:
            echo.answered()
        case .partial(let reason), .refused(let reason):
            echo.ended(reason, at: ContinuousClock.now)
            if let stop = stopped(by: reason) { throw stop }
            guard sheet.hasAnswers || !pages.isEmpty else { throw deviceError(reason) }
            sheet.missing("\(field.rawValue): \(reason)")
        }
        for page in pages {
            for row in page { sheet.enter(row, field, column) }
        }
    }

    private func get(
        _ field: Profile.Field,
        _ column: Profile.Column,
        of indexes: [String],
        into sheet: inout SurveySheet
    ) async throws(DeviceError) {
        let names = indexes.compactMap { OID("\(column.oid).\($0)") }.map { $0.appending(column.suffix) }
        do throws(SNMPError) {
            for row in try await engine.get(device, names, guard: sendGuard) { sheet.enter(row, field, column) }
            echo.answered()
        } catch {
            echo.ended(error, at: ContinuousClock.now)
            throw deviceError(error)
        }
        sheet.requests += 1
        permission.progress(RunStep(rows: names.count))
    }

    /// The lease does not cover more, or the attempt was cancelled: the visit is over.
    private func stopped(by reason: WalkReason) -> DeviceError? {
        switch reason {
        case .notSent(let refusal): .stopped(reason: "\(refusal)")
        case .cancelled: .stopped(reason: "cancelled")
        default: nil
        }
    }

    private func deviceError(_ reason: WalkReason) -> DeviceError {
        switch reason {
        case .timedOut(let attempts): .silent(device: name, attempts: attempts)
        case .unreachable(let code, _): .unreachable(device: name, reason: "system error \(code)")
        case .malformed(let attempts): .garbage(device: name, what: "\(attempts) answers that cannot be decoded")
        case .security(let fault): .denied(device: name, fault)
        default: .garbage(device: name, what: "\(reason)")
        }
    }

    private func deviceError(_ error: SNMPError) -> DeviceError {
        switch error {
        case .timedOut(let attempts): .silent(device: name, attempts: attempts)
        case .malformed(let attempts): .garbage(device: name, what: "\(attempts) answers that cannot be decoded")
        case .security(let fault): .denied(device: name, fault)
        case .notSent(let refusal): .stopped(reason: "\(refusal)")
        case .cancelled: .stopped(reason: "cancelled")
        default: .unreachable(device: name, reason: "\(error)")
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
        case .inventory: []
        }
    }
}
