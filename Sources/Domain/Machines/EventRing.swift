/// The last events of one orchestrator process, numbered, so that a listener can go on where it stopped.
package struct EventRing: Sendable {
    /// An event with its number.
    package struct Entry: Hashable, Sendable {
        package let id: EventID
        package let event: FleetEvent

        package init(id: EventID, event: FleetEvent) {
            self.id = id
            self.event = event
        }
    }

    /// Where a listener stands.
    package enum Place: Hashable, Sendable {
        /// Everything after this number.
        case after(UInt64)
        /// The number is not known here: something may be missing, the listener goes on after `resumed`.
        case unknown(resumed: UInt64)
    }

    /// What a listener gets next.
    package enum Reading: Hashable, Sendable {
        /// `next` is where to read on; without entries there is nothing new that the filter takes.
        case entries([Entry], next: UInt64)
        /// The events at the listener's place have been overwritten.
        case fellBehind
    }

    /// Names the process: its start.
    package let origin: String
    private let capacity: Int
    private var events: [FleetEvent] = []
    /// The number of the newest event; 0 before the first.
    package private(set) var newest: UInt64 = 0

    /// - Parameters:
    ///   - origin: unique per process; letters and digits.
    ///   - capacity: events kept, at least 1.
    package init(origin: String, capacity: Int) {
        precondition(capacity > 0, "a ring holds something")
        self.origin = origin
        self.capacity = capacity
    }

    package mutating func append(_ event: FleetEvent) {
        newest += 1
        if events.count < capacity {
            events.append(event)
        } else {
            events[Int((newest - 1) % UInt64(capacity))] = event
        }
    }

    /// The place that a listener asks for with the last id it has seen; without one, the end.
    package func place(after last: String?) -> Place {
        guard let last, !last.isEmpty else { return .after(newest) }
        guard let id = EventID(last), id.origin == origin, id.number <= newest else { return .unknown(resumed: newest) }
        return id.number + 1 < oldest ? .unknown(resumed: oldest - 1) : .after(id.number)
    }

    /// At most `limit` events after a number that the filter takes.
    package func read(after number: UInt64, _ filter: EventFilter, limit: Int) -> Reading {
        guard number + 1 >= oldest else { return .fellBehind }
        var entries: [Entry] = []
        var place = number
        while place < newest, entries.count < limit {
            place += 1
            let event = events[Int((place - 1) % UInt64(capacity))]
            if filter.takes(event.type) { entries.append(Entry(id: EventID(origin: origin, number: place), event: event)) }
        }
        return .entries(entries, next: place)
    }

    /// The number of the oldest event kept; one above `newest` while there is none.
    private var oldest: UInt64 { newest + 1 - UInt64(events.count) }
}

/// Names one event of one process: `<origin>-<number>`.
package struct EventID: Hashable, Sendable, CustomStringConvertible {
    package let origin: String
    package let number: UInt64

    package init(origin: String, number: UInt64) {
        self.origin = origin
        self.number = number
    }

    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let number = UInt64(parts[1]) else { return nil }
        self.init(origin: String(parts[0]), number: number)
    }

    package var description: String { "\(origin)-\(number)" }
}
