import Domain

/// Workers: what each told about itself when it joined, and its last beat.
struct WorkerShelf: Sendable {
    private struct Entry: Sendable {
        var registration: WorkerRegistration
        var beat: Heartbeat?
        var status: WorkerStatus
        let registeredAt: Timestamp
        var lastSeenAt: Timestamp
        var hand: Set<DispatchNumber>
        var isLive: Bool { status != .lost && status != .stopped }
    }

    private var entries: [WorkerID: Entry] = [:]

    /// Of each worker the last message of a kind counts; a beat of a worker that never registered is dropped.
    mutating func note(_ messages: [FleetMessage], now: Timestamp) {
        var beats: [WorkerID: Heartbeat] = [:]
        for message in messages {
            switch message {
            case .registration(let registration):
                join(registration, now: now)
                // An older connection's beat says nothing about this one.
                beats[registration.id] = nil
            case .heartbeat(let beat): beats[beat.worker] = beat
            }
        }
        for (worker, beat) in beats {
            entries[worker]?.beat = beat
            entries[worker]?.status = beat.status
            entries[worker]?.lastSeenAt = now
            entries[worker]?.hand = Set(beat.numbersInHand).union(beat.running.map(\.number))
        }
    }

    private mutating func join(_ registration: WorkerRegistration, now: Timestamp) {
        guard var entry = entries[registration.id] else {
            entries[registration.id] = Entry(
                registration: registration,
                status: .healthy,
                registeredAt: now,
                lastSeenAt: now,
                hand: Set(registration.numbersInHand)
            )
            return
        }
        entry.registration = registration
        entry.status = .healthy
        entry.lastSeenAt = now
        entry.hand = Set(registration.numbersInHand)
        entries[registration.id] = entry
    }

    /// Workers of the last day, newest first.
    func workers(now: Timestamp) -> [KnownWorker] {
        entries.values.filter { now - .seconds(86_400) < $0.lastSeenAt }.sorted {
            $0.registeredAt == $1.registeredAt ? $0.registration.id < $1.registration.id : $1.registeredAt < $0.registeredAt
        }.map {
            KnownWorker(registration: $0.registration, lastBeat: $0.beat, lastSeenAt: $0.lastSeenAt, status: $0.status)
        }
    }

    /// Everything that live workers have in hand.
    var liveHands: Set<DispatchNumber> {
        entries.values.filter(\.isLive).reduce(into: []) { $0.formUnion($1.hand) }
    }

    /// When the live worker that was heard least recently was heard.
    var oldestBeat: Timestamp? { entries.values.filter(\.isLive).map(\.lastSeenAt).min() }

    mutating func markLost(silentSince: Timestamp) -> [WorkerID] {
        let lost = entries.filter { $0.value.lastSeenAt < silentSince && $0.value.status != .lost && $0.value.status != .stopped }.keys
        for worker in lost { entries[worker]?.status = .lost }
        return lost.sorted()
    }
}
