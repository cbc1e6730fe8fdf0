import Domain

/// What a worker has in hand, as PostgreSQL reads an array.
enum Hand {
    /// Everything that was delivered and is not settled, and what runs.
    static func text(of beat: Heartbeat) -> String {
        text(Set(beat.numbersInHand).union(beat.running.map(\.number)).sorted())
    }

    static func text(_ numbers: [DispatchNumber]) -> String {
        "{\(numbers.map { String($0.value) }.joined(separator: ","))}"
    }
}
