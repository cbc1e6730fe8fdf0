/// Where a task stands.
///
/// `running` is `queued` plus a *started* report; no guard looks at it.
///
/// `waiting` → `queued` (dispatch, new number) → `succeeded` | `dead`; `queued` → `waiting` (retry, deferral, loss);
/// `blocked` (its exclusion key is held) → `waiting` (promotion); any of these → `cancelled` | `expired`.
package enum TaskState: Int16, CaseIterable, Hashable, Sendable {
    case waiting, queued, blocked, succeeded, dead, cancelled, expired

    package init?(word: String) {
        guard let match = Self.allCases.first(where: { $0.word == word.lowercased() }) else { return nil }
        self = match
    }

    /// The lower-case word, as written in the API and on pages.
    package var word: String { "\(self)" }

    /// Nothing leaves a terminal state.
    package var isTerminal: Bool {
        switch self {
        case .waiting, .queued, .blocked: false
        case .succeeded, .dead, .cancelled, .expired: true
        }
    }

    package static let allowed = allCases.map(\.word).joined(separator: ", ")
}
