import Domain

extension CoordinationShelf {
    /// Failed attempts to tell of a violation.
    struct Notice: Hashable, Sendable {
        var tries = 0
        var again: Timestamp?
        var error: String?
    }

    func open(limit: Int, now: Timestamp) -> [OpenViolation] {
        let due = violations.filter { $0.notifiedAt == nil && (notices[$0.id]?.again ?? now) <= now }
        let ordered = due.sorted { first, second in
            switch (notices[first.id]?.again, notices[second.id]?.again) {
            case (nil, nil): first.id < second.id
            case (nil, _?): true
            case (_?, nil): false
            case (let first?, let second?): first < second
            }
        }
        return ordered.prefix(limit).map { OpenViolation(row: $0, tries: notices[$0.id]?.tries ?? 0) }
    }

    mutating func notified(_ id: Int64, now: Timestamp) {
        guard let place = violations.firstIndex(where: { $0.id == id && $0.notifiedAt == nil }) else { return }
        let row = violations[place]
        violations[place] = ViolationRow(id: row.id, oltName: row.oltName, violation: row.violation, notifiedAt: now)
        notices[id]?.error = nil
    }

    mutating func failed(_ id: Int64, error: String, again: Timestamp) {
        guard violations.contains(where: { $0.id == id && $0.notifiedAt == nil }) else { return }
        notices[id, default: Notice()].tries += 1
        notices[id]?.again = again
        notices[id]?.error = error
    }
}
