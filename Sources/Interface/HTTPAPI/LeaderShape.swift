import APIContract
import Domain

extension HealthShape.Leader {
    /// `nil`: nobody leads, as far as is known.
    init?(_ leadership: any Leadership) {
        guard let seen = leadership.seen, let holder = seen.holder else { return nil }
        self.init(
            holder: holder,
            term: seen.term.value,
            since: "\(seen.beganAt)",
            isHere: leadership.reign?.term == seen.term
        )
    }
}
