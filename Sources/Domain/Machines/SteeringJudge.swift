/// Decides what may be done at once with a task that is to end or to go elsewhere, and what has to wait until its number is void.
///
/// A task with a key leaves a number only after the lease store answered *void*; a plain one has no such question: it leaves at once, and
/// a run that is under way is told to stop.
package enum SteeringJudge {
    package enum EndStep: Hashable, Sendable {
        /// It ends in this transaction; a number that it leaves is told to the workers.
        case now
        /// Written down as a wish, and the number watched: the rescue ends it once the number is void.
        case onceVoid
        /// It has ended before, or is ending as was asked.
        case already
    }

    package static func end(_ standing: TaskStanding, key: ExclusionKey?) -> EndStep {
        switch standing.state {
        case .waiting, .blocked: .now
        case .queued where key == nil: .now
        case .queued: standing.ending == nil ? .onceVoid : .already
        case .succeeded, .dead, .cancelled, .expired: .already
        }
    }

    package enum MoveStep: Hashable, Sendable {
        /// The row alone changes.
        case inPlace
        /// The current number is left; whoever has its message in hand is told to forget it.
        case leaving(DispatchNumber)
        /// Ask the lease store first: only a void number may be left.
        case voidFirst(DispatchNumber, ExclusionKey)
        /// It runs: nothing can be moved.
        case running
        case ended
    }

    /// What moving a task to another lane takes; `voided` is the number that the lease store has just called void.
    package static func move(_ standing: TaskStanding, key: ExclusionKey?, hasStarted: Bool, voided: DispatchNumber?) -> MoveStep {
        switch standing.state {
        case .waiting, .blocked: return .inPlace
        case .succeeded, .dead, .cancelled, .expired: return .ended
        case .queued:
            guard let number = standing.number, !hasStarted, standing.ending == nil else { return .running }
            guard let key, number != voided else { return .leaving(number) }
            return .voidFirst(number, key)
        }
    }
}
