internal import Domain
internal import SwiftProtobuf

extension TaskDraft {
    /// An empty text is a missing one, as protobuf has it.
    init(_ message: Flotilla_V1_TaskDraft, payloads: inout PayloadReader) throws(WireFault) {
        self.init(
            kind: try Self.text(message.kind, "kind") ?? "",
            payload: message.hasPayload ? try payloads.read(message.payload, at: "payload") : [:],
            id: try Self.id(message.id),
            priority: try Self.text(message.priority, "priority"),
            taskClass: try Self.text(message.class, "class"),
            exclusionKey: try Self.text(message.exclusionKey, "exclusionKey"),
            timeout: message.hasTimeout ? try Self.span(message.timeout, "timeout") : nil,
            maxAttempts: message.hasMaxAttempts ? Int(message.maxAttempts) : nil,
            backoff: message.hasBackoff ? try BackoffDraft(message.backoff) : nil,
            dueAt: message.hasDueAt ? try Self.time(message.dueAt, "dueAt") : nil,
            labels: try Self.labels(message.labels),
            uniqueKey: try Self.text(message.uniqueKey, "uniqueKey"),
            uniqueFor: message.hasUniqueFor ? try Self.span(message.uniqueFor, "uniqueFor") : nil,
            deadline: message.hasDeadline ? try Self.time(message.deadline, "deadline") : nil
        )
    }

    private static func id(_ text: String) throws(WireFault) -> TaskID? {
        guard !text.isEmpty else { return nil }
        guard let id = TaskID(text) else {
            throw WireFault(
                .invalidDraft,
                field: "id",
                "\"\(text.excerpt)\" is not a UUID",
                allowed: "a UUID, e.g. 0193f1a2-7c3e-7b64-9d0c-5e8f2a417b90"
            )
        }
        return id
    }

    private static func text(_ text: String, _ field: String) throws(WireFault) -> String? {
        guard !text.utf8.contains(0) else { throw .holdsNul("the text", .invalidDraft, field: field) }
        return text.isEmpty ? nil : text
    }

    fileprivate static func span(_ message: Google_Protobuf_Duration, _ field: String) throws(WireFault) -> Duration {
        guard let span = message.span else {
            throw WireFault(
                .invalidDraft,
                field: field,
                "the duration is out of range",
                allowed: "at most 10,000 years, seconds and nanoseconds of one sign"
            )
        }
        return span
    }

    private static func time(_ message: Google_Protobuf_Timestamp, _ field: String) throws(WireFault) -> Timestamp {
        guard let time = message.time else {
            throw WireFault(.invalidDraft, field: field, "the time is out of range", allowed: "years 0001 to 9999")
        }
        return time
    }

    private static func labels(_ labels: [String: String]) throws(WireFault) -> [String: String] {
        for (name, value) in labels where name.utf8.contains(0) || value.utf8.contains(0) {
            throw .holdsNul("a label", .invalidDraft, field: "labels")
        }
        return labels
    }
}

extension BackoffDraft {
    init(_ message: Flotilla_V1_BackoffDraft) throws(WireFault) {
        guard !message.hasFactor || message.factor.isFinite else {
            throw WireFault(.invalidDraft, field: "backoff.factor", "the number is not finite", allowed: "finite numbers")
        }
        self.init(
            base: message.hasBase ? try TaskDraft.span(message.base, "backoff.base") : nil,
            factor: message.hasFactor ? message.factor : nil,
            ceiling: message.hasCeiling ? try TaskDraft.span(message.ceiling, "backoff.ceiling") : nil
        )
    }
}

extension Flotilla_V1_TaskDraft {
    init(_ draft: TaskDraft) {
        self.init()
        if let id = draft.id { self.id = id.description }
        kind = draft.kind
        if !draft.payload.isEmpty { payload = Google_Protobuf_Struct(draft.payload) }
        priority = draft.priority ?? ""
        self.class = draft.taskClass ?? ""
        exclusionKey = draft.exclusionKey ?? ""
        if let timeout = draft.timeout { self.timeout = Google_Protobuf_Duration(timeout) }
        if let count = draft.maxAttempts { maxAttempts = Int32(clamping: count) }
        if let backoff = draft.backoff { self.backoff = Flotilla_V1_BackoffDraft(backoff) }
        if let due = draft.dueAt { dueAt = Google_Protobuf_Timestamp(due) }
        labels = draft.labels
        uniqueKey = draft.uniqueKey ?? ""
        if let span = draft.uniqueFor { uniqueFor = Google_Protobuf_Duration(span) }
        if let deadline = draft.deadline { self.deadline = Google_Protobuf_Timestamp(deadline) }
    }
}

extension Flotilla_V1_BackoffDraft {
    init(_ draft: BackoffDraft) {
        self.init()
        if let base = draft.base { self.base = Google_Protobuf_Duration(base) }
        if let factor = draft.factor { self.factor = factor }
        if let ceiling = draft.ceiling { self.ceiling = Google_Protobuf_Duration(ceiling) }
    }
}
