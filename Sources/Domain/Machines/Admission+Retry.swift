extension Admission {
    /// Checks the payload that a retry shall have instead of its task's own.
    ///
    /// A retry stays on its OLT: its key and its place in the queue belong to it.
    package static func check(payload: Payload, instead task: FleetTask) throws(Fault) {
        guard let kind = KindCatalogue.kind(task.kind) else {
            throw Fault(.unknownKind, field: "kind", "there is no kind \"\(task.kind)\" any more", allowed: KindCatalogue.allowed)
        }
        guard !JSONValue.object(payload).holdsZero else {
            throw Fault(.invalidValue, field: "payload", "a text holds U+0000", allowed: "any other characters")
        }
        try PayloadCheck(kind: kind).check(payload)
        guard kind.device == .none || payload["olt"] == task.payload["olt"] else {
            throw Fault(.invalidValue, field: "payload.olt", "a retry stays on its OLT", allowed: "the same value as the task's")
        }
    }
}
