/// The five lease scripts as one value: what Redis keeps per key, and every answer it may give.
///
/// It is the specification of the Lua scripts (a test holds both side by side) and the memory of tests without Redis.
/// Times are those of the lease store's own clock. One promise carries everything: **a number gets one answer, is granted
/// at most once, and is left only when it is void.**
package struct LeaseBook: Sendable {
    /// What is kept per exclusion key.
    package struct Entry: Hashable, Sendable {
        package var lease: Held?
        package var highest: DispatchNumber
        package var answer: Answer
        /// The run that was told *busy* with the highest number: it alone may ask again.
        package var busyRun: RunToken?
        /// Whether the last lease was given back in good order; else the next holder waits the quiet gap.
        package var clean: Bool
    }

    /// A lease that runs until `end` unless it is renewed.
    package struct Held: Hashable, Sendable {
        package let number: DispatchNumber
        package let run: RunToken
        /// How long its holder has to keep quiet before its first request.
        package let quietGap: Duration
        package var end: Instant
    }

    /// The answer that the highest number got.
    package enum Answer: Hashable, Sendable {
        case granted, busy, deferred, void
    }

    private var entries: [ExclusionKey: Entry] = [:]

    package init() {}

    /// Asks for the lease.
    ///
    /// Every answer raises the key's highest, so that a number is granted at most once.
    /// *Mine* moves the end like a renewal: after it, as after *granted*, the lease lasts `span` from when the request was sent.
    package mutating func take(
        _ key: ExclusionKey,
        _ number: DispatchNumber,
        run: RunToken,
        span: Duration,
        quietGap: Duration,
        now: Instant
    ) -> TakeAnswer {
        guard var entry = current(key, now: now) else {
            entries[key] = Entry(
                lease: Held(number: number, run: run, quietGap: .zero, end: now + span),
                highest: number,
                answer: .granted,
                busyRun: nil,
                clean: false
            )
            return .granted(quietGap: .zero)
        }
        if let lease = entry.lease, lease.number == number, lease.run == run {
            entry.lease?.end = max(lease.end, now + span)
            entries[key] = entry
            return .mine(quietGap: lease.quietGap)
        }
        let asksAgain = number == entry.highest && entry.answer == .busy && entry.busyRun == run
        guard number > entry.highest || asksAgain else {
            return number == entry.highest && entry.answer == .busy
                ? .busy(for: entry.lease.map { $0.end - now } ?? .zero)
                : .seen(seen(number, in: entry, now: now))
        }
        entry.highest = number
        if let lease = entry.lease {
            entry.answer = .busy
            entry.busyRun = run
            entries[key] = entry
            return .busy(for: lease.end - now)
        }
        let gap = entry.clean ? Duration.zero : quietGap
        entry.lease = Held(number: number, run: run, quietGap: gap, end: now + span)
        entry.answer = .granted
        entry.busyRun = nil
        entries[key] = entry
        return .granted(quietGap: gap)
    }

    /// Moves the end of a lease; only its own run may.
    package mutating func renew(_ key: ExclusionKey, _ number: DispatchNumber, run: RunToken, span: Duration, now: Instant) -> RenewAnswer {
        guard var entry = current(key, now: now), let lease = entry.lease, lease.number == number, lease.run == run else { return .lost }
        entry.lease?.end = now + span
        entries[key] = entry
        return .renewed
    }

    /// Gives a lease back; only its own run may.
    ///
    /// `clean`: no request to the device is under way.
    package mutating func release(_ key: ExclusionKey, _ number: DispatchNumber, run: RunToken, clean: Bool, now: Instant) -> ReleaseAnswer
    {
        guard var entry = current(key, now: now), let lease = entry.lease, lease.number == number, lease.run == run else { return .notHeld }
        entry.lease = nil
        entry.clean = clean
        entries[key] = entry
        return .released
    }

    /// A worker gives a number back that it did not start: it will never be granted.
    package mutating func hand(_ key: ExclusionKey, _ number: DispatchNumber, now: Instant) -> HandAnswer {
        guard var entry = current(key, now: now) else {
            entries[key] = Entry(lease: nil, highest: number, answer: .deferred, busyRun: nil, clean: true)
            return .deferred
        }
        guard number > entry.highest || (number == entry.highest && entry.answer == .busy) else {
            return number == entry.highest && entry.answer == .deferred ? .deferred : .seen(seen(number, in: entry, now: now))
        }
        entry.highest = number
        entry.answer = .deferred
        entry.busyRun = nil
        entries[key] = entry
        return .deferred
    }

    /// The orchestrator leaves a number: unless it is held, it will never be granted.
    package mutating func void(_ key: ExclusionKey, _ number: DispatchNumber, now: Instant) -> VoidAnswer {
        guard var entry = current(key, now: now) else {
            entries[key] = Entry(lease: nil, highest: number, answer: .void, busyRun: nil, clean: true)
            return .void(wasGranted: false)
        }
        if let lease = entry.lease, lease.number == number { return .held(for: lease.end - now) }
        guard number >= entry.highest else { return .void(wasGranted: false) }
        let wasGranted = number == entry.highest && entry.answer == .granted
        if !wasGranted {
            entry.highest = number
            entry.answer = .void
            entry.busyRun = nil
            entries[key] = entry
        }
        return .void(wasGranted: wasGranted)
    }

    /// The entry with a lease that has ended taken off: an end that nobody gave back is not clean.
    private mutating func current(_ key: ExclusionKey, now: Instant) -> Entry? {
        guard var entry = entries[key] else { return nil }
        if let lease = entry.lease, lease.end <= now {
            entry.lease = nil
            entry.clean = false
            entries[key] = entry
        }
        return entry
    }

    private func seen(_ number: DispatchNumber, in entry: Entry, now: Instant) -> Seen {
        let left = entry.lease.flatMap { $0.number == number ? $0.end - now : nil }
        guard number == entry.highest else { return Seen(.older, highest: entry.highest, leaseLeft: left) }
        switch entry.answer {
        case .granted: return Seen(.granted, highest: number, leaseLeft: left)
        case .void: return Seen(.void, highest: number, leaseLeft: left)
        case .busy, .deferred: return Seen(.deferred, highest: number, leaseLeft: left)
        }
    }
}
