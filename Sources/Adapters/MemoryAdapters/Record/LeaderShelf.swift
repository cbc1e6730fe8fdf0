package import Domain

/// Who leads, by role.
package struct LeaderShelf: Sendable {
    private var states: [LeaderRole: LeaderState] = [:]

    package init() {}

    package func look(_ role: LeaderRole) -> LeaderState? { states[role] }

    /// Whether a write under the term may happen.
    package func holds(_ role: LeaderRole, _ term: Term) -> Bool {
        guard let state = states[role] else { return false }
        return state.term == term && state.holder != nil
    }

    package mutating func claim(_ role: LeaderRole, for holder: String, seen: LeaderMark?, now: Timestamp) -> Term? {
        guard states[role]?.mark == seen else { return nil }
        let term = Term((seen?.term.value ?? 0) + 1)
        let mark = LeaderMark(term: term, renewals: 0)
        states[role] = LeaderState(role: role, mark: mark, holder: holder, beganAt: now, renewedAt: now)
        return term
    }

    package mutating func renew(_ role: LeaderRole, by holder: String, term: Term, now: Timestamp) -> Bool {
        guard let state = states[role], state.holder == holder, state.term == term else { return false }
        let mark = LeaderMark(term: term, renewals: state.mark.renewals + 1)
        states[role] = LeaderState(role: role, mark: mark, holder: holder, beganAt: state.beganAt, renewedAt: now)
        return true
    }

    /// - Returns: whether somebody resigned.
    package mutating func resign(_ role: LeaderRole, by holder: String, term: Term) -> Bool {
        guard let state = states[role], state.holder == holder, state.term == term else { return false }
        states[role] = LeaderState(role: role, mark: state.mark, holder: nil, beganAt: state.beganAt, renewedAt: state.renewedAt)
        return true
    }
}
