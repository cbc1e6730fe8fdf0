import Domain

extension Outcome {
    /// The texts that are written as they came.
    var texts: [String] {
        var texts: [String] = []
        switch verdict {
        case .failed(let fault): texts += [fault.errorClass, fault.message]
        case .interrupted(let reason): texts.append(reason)
        case .succeeded: texts += JSONValue.object(result).texts
        case .started, .deferred, .seen, .suspect: break
        }
        return texts
    }

    /// A row has no place for U+0000.
    var isRecordable: Bool {
        if case .seen = verdict { return true }
        return !worker.text.hasZero && !texts.contains(where: \.hasZero)
    }

    /// What is recorded in the place of an outcome that cannot be: the task is dead, and the letter holds the bytes.
    func unrecordable(now: Timestamp) -> Outcome {
        let fault = TaskFault("unrecordable", "the outcome could not be recorded: a text holds U+0000", retryable: false)
        return Outcome(
            task: task,
            number: number,
            attempt: attempt,
            worker: WorkerID(worker.text.withoutZero),
            run: run,
            verdict: .failed(fault),
            startedAt: nil,
            finishedAt: now
        )
    }
}

extension JSONValue {
    /// Every text in the value, keys included.
    fileprivate var texts: [String] {
        switch self {
        case .null, .bool, .number: []
        case .text(let text): [text]
        case .list(let list): list.flatMap(\.texts)
        case .object(let object): object.flatMap { [$0.key] + $0.value.texts }
        }
    }
}

extension String {
    var hasZero: Bool { utf8.contains(0) }

    /// A row has no place for U+0000; the replacement character stands in for it.
    var withoutZero: String {
        guard hasZero else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 }))
    }
}
