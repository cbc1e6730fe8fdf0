import APIContract
import Domain

/// What operators may say of an OLT; a refusal names the field and what is allowed.
struct OLTCheck {
    /// By name, with the columns that each can read; `auto` with all.
    let profiles: [String: Set<ONUColumn>]

    static func refused(_ field: String, _ detail: String, _ allowed: String) -> Problem {
        Problem(status: 400, code: "invalid_value", title: "OLT refused", detail: detail, field: field, allowed: allowed)
    }

    /// A new OLT.
    func entry(_ draft: OLTDraft, version: SNMPVersion) throws(Problem) -> OLTEntry {
        let drafts = draft.operations ?? []
        var operations: [DeclaredOperation] = []
        for draft in drafts { operations.append(try operation(draft, try type(draft.type))) }
        let types = operations.map(\.type)
        if let twice = types.first(where: { type in types.count { $0 == type } > 1 }) {
            throw Self.refused("operations", "\(twice.word) stands there more than once", "each type once")
        }
        let profile = try profile(draft.profile)
        try offer(operations, profile: profile, found: nil)
        let standard = DeviceLimits()
        return OLTEntry(
            name: try name(draft.name),
            address: DeviceAddress(host: try host(draft.address), port: try port(draft.port ?? 161)),
            version: version,
            profile: profile,
            limits: DeviceLimits(
                pdusPerSecond: try whole("pdusPerSecond", draft.pdusPerSecond, DeviceLimits.pdusPerSecondAllowed) ?? standard.pdusPerSecond,
                repetitionsMax: try whole("repetitionsMax", draft.repetitionsMax, DeviceLimits.repetitionsMaxAllowed)
                    ?? standard.repetitionsMax,
                attempts: try whole("attempts", draft.attempts, DeviceLimits.attemptsAllowed) ?? standard.attempts,
                quietGap: try span("quietGap", draft.quietGap, DeviceLimits.quietGapAllowed)
            ),
            isEnabled: draft.enabled ?? true,
            labels: try labels(draft.labels ?? [:], over: [:]).compactMapValues(\.self),
            operations: operations
        )
    }

    /// A change of an OLT, of which this is declared.
    func change(_ patch: OLTPatch, of known: OLTSummary, declared: [DeclaredOperation]) throws(Problem) -> OLTChange {
        var change = OLTChange()
        if let text = patch.name { change.name = try name(text) }
        if let text = patch.address { change.host = try host(text) }
        if let number = patch.port { change.port = try port(number) }
        if let word = patch.profile {
            let word = try profile(word)
            try offer(declared, profile: word, found: nil)
            change.profile = word
        }
        change.isEnabled = patch.enabled
        change.pdusPerSecond = try whole("pdusPerSecond", patch.pdusPerSecond, DeviceLimits.pdusPerSecondAllowed)
        change.repetitionsMax = try whole("repetitionsMax", patch.repetitionsMax, DeviceLimits.repetitionsMaxAllowed)
        change.attempts = try whole("attempts", patch.attempts, DeviceLimits.attemptsAllowed)
        if let gap = patch.quietGap { change.quietGap = .some(try span("quietGap", gap, DeviceLimits.quietGapAllowed)) }
        change.labels = try labels(patch.labels ?? [:], over: known.olt.labels)
        return change
    }

    // MARK: Fields

    private func name(_ text: String) throws(Problem) -> String {
        guard (1...64).contains(text.utf8.count), OLT.isName(text),
            text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0 != "/" && $0 != "?" && $0 != "#" })
        else {
            let allowed = "1 to 64 bytes without spaces, / ? #, and not only digits"
            throw Self.refused("name", "\"\(text.prefix(80))\" cannot be a name", allowed)
        }
        return text
    }

    private func host(_ text: String) throws(Problem) -> String {
        guard !text.isEmpty, text.utf8.count <= 253, text.unicodeScalars.allSatisfy({ $0.value > 0x20 }) else {
            throw Self.refused("address", "\"\(text.prefix(80))\" is no address", "an IP address or a host name")
        }
        // Names of hosts have no case, and one address is entered once.
        return text.lowercased()
    }

    private func port(_ number: Int) throws(Problem) -> UInt16 {
        guard let port = UInt16(exactly: number), port > 0 else { throw Self.refused("port", "\(number) is no port", "1 to 65535") }
        return port
    }

    private func profile(_ name: String) throws(Problem) -> String {
        guard profiles[name] != nil else {
            throw Self.refused("profile", "there is no profile \"\(name.prefix(80))\"", profiles.keys.sorted().joined(separator: ", "))
        }
        return name
    }

    private func whole(_ field: String, _ number: Int?, _ allowed: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let number else { return nil }
        guard allowed.contains(number) else {
            throw Self.refused(field, "\(number) is out of range", "\(allowed.lowerBound) to \(allowed.upperBound)")
        }
        return number
    }

    private func span(_ field: String, _ text: String?, _ allowed: ClosedRange<Duration>) throws(Problem) -> Duration? {
        guard let text else { return nil }
        guard let span = SpanText.read(text) else { throw Self.refused(field, "\"\(text.prefix(40))\" is no span", SpanText.allowed) }
        guard allowed.contains(span) else {
            let range = "\(SpanText.write(allowed.lowerBound)) to \(SpanText.write(allowed.upperBound))"
            throw Self.refused(field, "\(text.prefix(40)) is out of range", range)
        }
        return span
    }

    private func labels(_ labels: [String: String?], over known: [String: String]) throws(Problem) -> [String: String?] {
        for (key, value) in labels.sorted(by: { $0.key < $1.key }) {
            guard (1...64).contains(key.utf8.count), (value ?? "").utf8.count <= 64,
                (key + (value ?? "")).unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }),
                !key.contains(where: { "=,".contains($0) }), !(value ?? "").contains(",")
            else {
                let allowed = "1 to 64 bytes, and a value of at most 64 bytes, without control characters and commas; no = in the key"
                throw Self.refused("labels", "\"\(key.prefix(80))\" cannot be a label", allowed)
            }
        }
        let count = labels.reduce(into: known) { $0[$1.key] = $1.value }.count
        guard count <= 16 else { throw Self.refused("labels", "\(count) labels are too many", "at most 16") }
        return labels
    }

    // MARK: Operations

    func type(_ word: String?) throws(Problem) -> OperationType {
        guard let word else { throw Self.refused("type", "the type is missing", OperationType.allowed) }
        guard let type = OperationType(word: word) else {
            throw Self.refused("type", "there is no operation \"\(word.prefix(80))\"", OperationType.allowed)
        }
        return type
    }

    /// Completed by what is declared already, if anything.
    func operation(_ draft: OperationDraft, _ type: OperationType, over before: DeclaredOperation? = nil) throws(Problem)
        -> DeclaredOperation
    {
        let cadence: Cadence
        switch (draft.perHour, draft.every) {
        case (_?, _?): throw Self.refused("every", "perHour and every cannot both be said", "one of them")
        case (let times?, nil): cadence = .perPeriod(try whole("perHour", times, Cadence.timesAllowed) ?? times)
        case (nil, let every?): cadence = .every(try span("every", every, Cadence.everyAllowed) ?? .zero)
        case (nil, nil):
            guard let before else {
                throw Self.refused("perHour", "how often \(type.word) is asked for is missing", "perHour, 1 to 3600, or every, 1s to 720h")
            }
            cadence = before.cadence
        }
        let timeout = try span("timeout", draft.timeout, .seconds(1) ... .seconds(3600))
        return DeclaredOperation(
            type,
            isEnabled: draft.enabled ?? before?.isEnabled ?? true,
            cadence: cadence,
            timeout: timeout ?? (draft.withoutTimeout ? nil : before?.timeout)
        )
    }

    /// Refuses columns that the profile cannot read.
    ///
    /// `found`: what `auto` found, if anything.
    func offer(_ operations: [DeclaredOperation], profile: String, found: String?) throws(Problem) {
        let name = profile == OLT.anyProfile ? found ?? profile : profile
        guard let offered = profiles[name] else { return }
        for operation in operations {
            guard case .get(let column) = operation.type, !offered.contains(column) else { continue }
            let types = OperationType.all.filter { type in
                if case .get(let column) = type { return offered.contains(column) }
                return true
            }
            throw Self.refused(
                "type",
                "the profile \(name) cannot read \(column.rawValue), which \(operation.type.word) asks for",
                types.map(\.word).joined(separator: ", ")
            )
        }
    }
}
