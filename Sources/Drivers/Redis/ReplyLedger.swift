/// Who waits for which reply of one connection.
///
/// A pure machine.
///
/// Replies come in the order of the commands. A waiter that leaves early (cancel, timeout) leaves its place
/// behind: the reply that comes for it is dropped, and the place counts as in flight until then.
/// Tickets start at 1 and never repeat in a connection's life.
struct ReplyLedger<Waiter> {
    private struct Place {
        var waiter: Waiter?
        let deadline: UInt64
    }

    /// Places of the tickets `firstTicket`, `firstTicket + 1`, …; `head` places at the front are answered.
    private var places: [Place] = []
    private var head = 0
    private var firstTicket: UInt = 1
    private let inFlightMax: Int
    /// No waiter has an earlier deadline than this one; it may be too early, never too late.
    private(set) var nextDeadline: UInt64?

    init(inFlightMax: Int) {
        self.inFlightMax = inFlightMax
    }

    /// Commands whose reply is outstanding, waited for or not.
    var inFlight: Int { places.count - head }

    /// The ticket the next `admit` gives.
    var nextTicket: UInt { firstTicket + UInt(places.count) }

    /// Whether `count` more commands keep the bound.
    func hasRoom(for count: Int) -> Bool {
        inFlight + count <= inFlightMax
    }

    /// Takes a place; `deadline` is a reading of the monotonic clock.
    mutating func admit(_ waiter: Waiter, deadline: UInt64) -> UInt {
        precondition(hasRoom(for: 1), "ask for room first")
        let ticket = nextTicket
        places.append(Place(waiter: waiter, deadline: deadline))
        nextDeadline = min(nextDeadline ?? deadline, deadline)
        return ticket
    }

    /// The reply of `ticket` came: its place is free, and who waited for it is returned.
    mutating func resolve(_ ticket: UInt) -> Waiter? {
        guard let index = index(of: ticket), index >= head else { return nil }
        precondition(index == head, "replies come in the order of the commands")
        head += 1
        defer { forgetSettled() }
        defer { places[index].waiter = nil }
        return places[index].waiter
    }

    /// The waiter of `ticket` leaves; the place stays until the reply came.
    mutating func abandon(_ ticket: UInt) -> Waiter? {
        guard let index = index(of: ticket), index >= head else { return nil }
        defer { places[index].waiter = nil }
        return places[index].waiter
    }

    /// Waiters whose deadline has come leave.
    mutating func expire(now: UInt64) -> [Waiter] {
        var expired: [Waiter] = []
        var next: UInt64?
        for index in head..<places.count {
            guard let waiter = places[index].waiter else { continue }
            if places[index].deadline <= now {
                expired.append(waiter)
                places[index].waiter = nil
            } else {
                next = min(next ?? places[index].deadline, places[index].deadline)
            }
        }
        nextDeadline = next
        return expired
    }

    /// The connection is gone: everybody leaves, no reply comes any more.
    mutating func failAll() -> [Waiter] {
        let waiters = places[head...].compactMap(\.waiter)
        firstTicket = nextTicket
        places = []
        head = 0
        nextDeadline = nil
        return waiters
    }

    private func index(of ticket: UInt) -> Int? {
        guard ticket >= firstTicket, ticket < nextTicket else { return nil }
        return Int(ticket - firstTicket)
    }

    private mutating func forgetSettled() {
        guard head == places.count || (head >= 1024 && head * 2 > places.count) else { return }
        places.removeFirst(head)
        firstTicket += UInt(head)
        head = 0
    }
}
