/// Checks a draft and turns it into a task: the one place that knows what is allowed.
package struct Admission: Sendable {
    package struct Settings: Hashable, Sendable {
        /// The longest timeout of an attempt: the broker's consumer timeout minus 60 s.
        package var timeoutMax: Duration = .seconds(86_400 - 60)
        package var maxAttempts: Int = 5
        /// The longest that a draft's unique key may stand on its own.
        package var uniqueForMax: Duration = .seconds(30 * 86_400)
        /// How long a request is recognised by its `Idempotency-Key`.
        package var requestKeyFor: Duration = .seconds(86_400)

        package init() {}
    }

    /// What is wrong with a draft, where, and what would be right.
    package struct Fault: Error, Hashable, Sendable {
        package enum Code: String, CaseIterable, Hashable, Sendable {
            case unknownKind = "unknown_kind"
            case unknownOLT = "unknown_olt"
            case disabledOLT = "disabled_olt"
            case unknownField = "unknown_field"
            case missingField = "missing_field"
            case invalidValue = "invalid_value"
            /// The request's key stands for another request.
            case keyReused = "idempotency_key_reused"
        }

        package let code: Code
        /// Path of the field at fault such as `payload.olt`.
        package let field: String
        package let message: String
        package let allowed: String?

        package init(_ code: Code, field: String, _ message: String, allowed: String? = nil) {
            self.code = code
            self.field = field
            self.message = message
            self.allowed = allowed
        }

        /// The reason on the letter of a message with this fault.
        package var letterReason: LetterReason {
            switch code {
            case .unknownKind: .unknownKind
            case .unknownOLT, .disabledOLT, .unknownField, .missingField, .invalidValue, .keyReused:
                field.hasPrefix("payload") ? .invalidPayload : .invalidDraft
            }
        }

        /// One line for people.
        package var text: String {
            "\(field): \(message)" + (allowed.map { "; allowed: \($0)" } ?? "")
        }
    }

    /// What the record knows about the OLT that a draft names.
    package enum NamedOLT: Hashable, Sendable {
        case known(OLTID, enabled: Bool)
        case unknown
    }

    private let settings: Settings

    package init(settings: Settings = Settings()) {
        self.settings = settings
    }

    /// The name or id of the OLT that the draft works on, to be looked up before `admit`; `nil` when there is none to look up.
    package static func namedOLT(of draft: TaskDraft) -> String? {
        guard let kind = KindCatalogue.kind(draft.kind), kind.device != .none, let value = draft.payload["olt"] else { return nil }
        return value.text ?? value.whole.map(String.init)
    }

    /// Checks everything a draft says; the first fault is told.
    ///
    /// `olt` is what was found for `namedOLT(of:)`, `lanePriority` the priority of the intake queue the draft came through, if any.
    package func admit(
        _ draft: TaskDraft,
        olt: NamedOLT?,
        source: TaskSource,
        lanePriority: Priority?,
        now: Timestamp,
        using chance: inout some RandomNumberGenerator
    ) -> Result<FleetTask, Fault> {
        do throws(Fault) {
            guard let kind = KindCatalogue.kind(draft.kind) else {
                throw Fault(.unknownKind, field: "kind", "there is no kind \"\(draft.kind)\"", allowed: KindCatalogue.allowed)
            }
            try storable(draft)
            try PayloadCheck(kind: kind).check(draft.payload)
            let device = try device(kind, draft, olt)
            return .success(
                FleetTask(
                    id: draft.id ?? TaskID(at: now, using: &chance),
                    kind: kind.name,
                    payload: draft.payload,
                    priority: try priority(draft.priority) ?? lanePriority ?? kind.priority,
                    taskClass: try taskClass(draft.taskClass) ?? kind.taskClass,
                    exclusionKey: try exclusionKey(draft.exclusionKey, kind, device),
                    olt: device,
                    timeout: try timeout(draft.timeout) ?? kind.timeout,
                    maxAttempts: try maxAttempts(draft.maxAttempts),
                    backoff: try backoff(draft.backoff, kind.backoff),
                    createdAt: now,
                    dueAt: max(now, draft.dueAt ?? now),
                    labels: try labels(draft.labels),
                    source: source,
                    deadline: try deadline(draft.deadline, draft.dueAt, now),
                    uniqueClaims: try claims(draft, now),
                    traceParent: draft.traceParent
                )
            )
        } catch {
            return .failure(error)
        }
    }

    /// No text that is kept may hold U+0000: the record has no place for it.
    private func storable(_ draft: TaskDraft) throws(Fault) {
        guard !JSONValue.object(draft.payload).holdsZero else {
            throw Fault(.invalidValue, field: "payload", "a text holds U+0000", allowed: "any other characters")
        }
        guard !JSONValue.object(draft.labels.mapValues(JSONValue.text)).holdsZero else {
            throw Fault(.invalidValue, field: "labels", "a label holds U+0000", allowed: "any other characters")
        }
    }

    private func priority(_ word: String?) throws(Fault) -> Priority? {
        guard let word, !word.isEmpty else { return nil }
        guard let priority = Priority(word: word) else {
            throw Fault(.invalidValue, field: "priority", "there is no priority \"\(word)\"", allowed: Priority.allowed)
        }
        return priority
    }

    private func taskClass(_ word: String?) throws(Fault) -> TaskClass? {
        guard let word, !word.isEmpty else { return nil }
        guard let taskClass = TaskClass(word: word) else {
            throw Fault(.invalidValue, field: "class", "there is no class \"\(word)\"", allowed: TaskClass.allowed)
        }
        return taskClass
    }

    private func device(_ kind: KindSpecification, _ draft: TaskDraft, _ olt: NamedOLT?) throws(Fault) -> OLTID? {
        guard kind.device != .none else { return nil }
        let name = Self.namedOLT(of: draft) ?? ""
        switch olt {
        case .known(let id, enabled: true): return id
        case .known(_, enabled: false):
            throw Fault(.disabledOLT, field: "payload.olt", "the OLT \"\(name)\" is disabled", allowed: "an enabled OLT")
        case .unknown, nil:
            throw Fault(.unknownOLT, field: "payload.olt", "there is no OLT \"\(name)\"", allowed: "a name or id of `flotilla olt list`")
        }
    }

    /// Heavy kinds always take their OLT's key: a draft may not choose another one for them.
    private func exclusionKey(_ text: String?, _ kind: KindSpecification, _ olt: OLTID?) throws(Fault) -> ExclusionKey? {
        if kind.device == .heavy, let olt {
            let own = ExclusionKey(olt)
            guard text == nil || text == own.text else {
                throw Fault(.invalidValue, field: "exclusionKey", "\(kind.name) always takes the key of its OLT", allowed: own.text)
            }
            return own
        }
        guard let text, !text.isEmpty else { return nil }
        guard let key = ExclusionKey(text) else {
            throw Fault(
                .invalidValue,
                field: "exclusionKey",
                "the key is too long or holds control characters",
                allowed: "1 to \(ExclusionKey.bytesMax) bytes of printable text"
            )
        }
        return key
    }

    private func timeout(_ timeout: Duration?) throws(Fault) -> Duration? {
        guard let timeout else { return nil }
        guard timeout > .zero, timeout <= settings.timeoutMax else {
            throw Fault(
                .invalidValue,
                field: "timeout",
                "\(timeout) is out of range",
                allowed: "more than 0 s, at most \(settings.timeoutMax.components.seconds) s"
            )
        }
        return timeout
    }

    private func maxAttempts(_ count: Int?) throws(Fault) -> Int {
        let count = count ?? settings.maxAttempts
        guard (1...100).contains(count) else {
            throw Fault(.invalidValue, field: "maxAttempts", "\(count) is out of range", allowed: "1 to 100")
        }
        return count
    }

    private func backoff(_ draft: BackoffDraft?, _ kind: Backoff) throws(Fault) -> Backoff {
        guard let draft else { return kind }
        let backoff = Backoff(base: draft.base ?? kind.base, factor: draft.factor ?? kind.factor, ceiling: draft.ceiling ?? kind.ceiling)
        guard backoff.base >= .zero, backoff.base <= .seconds(3600) else {
            throw Fault(.invalidValue, field: "backoff.base", "\(backoff.base) is out of range", allowed: "0 s to 3600 s")
        }
        guard (1...10).contains(backoff.factor) else {
            throw Fault(.invalidValue, field: "backoff.factor", "\(backoff.factor) is out of range", allowed: "1 to 10")
        }
        guard backoff.ceiling >= backoff.base, backoff.ceiling <= .seconds(86_400) else {
            throw Fault(.invalidValue, field: "backoff.ceiling", "\(backoff.ceiling) is out of range", allowed: "the base to 86400 s")
        }
        return backoff
    }

    private func deadline(_ deadline: Timestamp?, _ dueAt: Timestamp?, _ now: Timestamp) throws(Fault) -> Timestamp? {
        guard let deadline else { return nil }
        guard deadline > max(now, dueAt ?? now) else {
            throw Fault(
                .invalidValue,
                field: "deadline",
                "\(deadline) has passed, or is not after the task is due",
                allowed: "a time after now and after dueAt"
            )
        }
        return deadline
    }

    /// The draft's own key, and that of the request it came with.
    private func claims(_ draft: TaskDraft, _ now: Timestamp) throws(Fault) -> [UniqueClaim] {
        var claims: [UniqueClaim] = []
        if let name = draft.uniqueKey {
            claims.append(UniqueClaim(try uniqueKey(.draft, name, "uniqueKey"), until: try uniqueUntil(draft.uniqueFor, now)))
        } else if draft.uniqueFor != nil {
            throw Fault(
                .missingField,
                field: "uniqueKey",
                "uniqueFor says how long a key stands, and there is none",
                allowed: "a uniqueKey"
            )
        }
        if let request = draft.request {
            claims.append(
                UniqueClaim(
                    try uniqueKey(.request, request.key, "Idempotency-Key"),
                    until: now + settings.requestKeyFor,
                    fingerprint: request.fingerprint
                )
            )
        }
        return claims
    }

    private func uniqueKey(_ space: UniqueKey.Space, _ name: String, _ field: String) throws(Fault) -> UniqueKey {
        guard let key = UniqueKey(space, name) else {
            throw Fault(
                .invalidValue,
                field: field,
                "the key is empty, too long or holds control characters",
                allowed: "1 to \(UniqueKey.bytesMax) bytes of printable text"
            )
        }
        return key
    }

    private func uniqueUntil(_ span: Duration?, _ now: Timestamp) throws(Fault) -> Timestamp? {
        guard let span else { return nil }
        guard span > .zero, span <= settings.uniqueForMax else {
            throw Fault(
                .invalidValue,
                field: "uniqueFor",
                "\(span) is out of range",
                allowed: "more than 0 s, at most \(settings.uniqueForMax.components.seconds) s"
            )
        }
        return now + span
    }

    private func labels(_ labels: [String: String]) throws(Fault) -> [String: String] {
        guard labels.count <= 16 else {
            throw Fault(.invalidValue, field: "labels", "\(labels.count) labels are too many", allowed: "at most 16")
        }
        for (name, value) in labels where name.utf8.count > 64 || value.utf8.count > 64 || name.isEmpty {
            throw Fault(
                .invalidValue,
                field: "labels",
                "the label \"\(name.prefix(64))\" is too long or empty",
                allowed: "1 to 64 bytes each"
            )
        }
        return labels
    }
}

extension JSONValue {
    /// Whether any text in it, names included, holds U+0000.
    var holdsZero: Bool {
        switch self {
        case .null, .bool, .number: false
        case .text(let text): text.utf8.contains(0)
        case .list(let list): list.contains(where: \.holdsZero)
        case .object(let object): object.contains { $0.key.utf8.contains(0) || $0.value.holdsZero }
        }
    }
}
