import Domain

/// One caller's drafts on their way into a transaction.
struct Submission: Sendable {
    typealias Answer = Result<[Result<Receipt, Admission.Fault>], SubmitError>

    let drafts: [TaskDraft]
    let source: TaskSource
    let lanePriority: Priority?
    /// Resumed exactly once, after the commit.
    let caller: CheckedContinuation<Answer, Never>

    /// Rough size of what will be written, in bytes.
    var bytes: Int { drafts.reduce(0) { $0 + $1.kind.utf8.count + 256 + JSONWeight.bytes(of: $1.payload) } }
}

/// How large a payload is, roughly, in bytes of JSON.
enum JSONWeight {
    static func bytes(of payload: Payload) -> Int {
        payload.reduce(2) { $0 + $1.key.utf8.count + 4 + bytes(of: $1.value) }
    }

    private static func bytes(of value: JSONValue) -> Int {
        switch value {
        case .null, .bool: 5
        case .number: 12
        case .text(let text): text.utf8.count + 2
        case .list(let list): list.reduce(2) { $0 + bytes(of: $1) + 1 }
        case .object(let object): bytes(of: object)
        }
    }
}
