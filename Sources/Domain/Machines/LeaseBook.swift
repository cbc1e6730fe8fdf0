/// The lease scripts as one value: what Redis keeps per key, and every answer it may give.
///
/// It is the specification of the Lua scripts (a test holds both side by side) and the memory of tests without Redis.
/// Times are those of the lease store's own clock. One promise carries everything: **a number gets one answer, is granted
/// at most once, and is left only when it is void.**
///
/// **A store that forgot grants nothing for one span.** The store keeps the `epoch`, the run of the server that wrote it. A
/// question that finds another one, or none (emptied, restarted with nothing or with older data), writes it down and begins a
/// barrier of one lease span; whoever held a lease then has renewed it, or stopped, when the barrier ends. During it
///
/// - `take` is told *busy* until the barrier's end, whatever is known of the number; the answer raises the highest as always;
/// - `renew` of a run whose lease is missing, or stands with a smaller number (an older snapshot), puts the lease back: only a live run
///   renews, and a larger number was granted after the smaller one had ended;
/// - `void` is told *held until the barrier's end* for every number, for any of them might be running. Nothing is written: it is asked again;
/// - `hand` answers as always: the number may be handed back while an earlier delivery of it still runs, whose outcome then finds the
///   number closed; its lease is put back all the same, so nobody else starts beside it;
/// - `release` of a lease that is missing answers *not held*: there is nothing to give back.
///
/// After the barrier a number may be granted a second time, never at the same time. For one quiet gap more every grant waits, for
/// nobody knows how the leases before ended.
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
        /// Who holds it, for people; `nil`: not told, or put back after the store forgot.
        package let holder: String?
        package let since: Instant
        /// How long its holder has to keep quiet before its first request.
        package let quietGap: Duration
        package var end: Instant
        /// By force: it is not renewed any more and ends by itself.
        package var isBarred = false
    }

    /// The answer that the highest number got.
    package enum Answer: Hashable, Sendable {
        case granted, busy, deferred, void
    }

    /// The server run that the store knows; `nil`: it has forgotten.
    package private(set) var epoch: UInt64?
    /// Until when nothing is granted; `nil`: the store never forgot.
    package private(set) var barrierUntil: Instant?
    private var entries: [ExclusionKey: Entry] = [:]
    /// What the server calls itself; another one after each restart.
    private var serverRun: UInt64 = 1
    private let barrierSpan: Duration

    /// A new book that never forgot anything.
    ///
    /// `barrierSpan`: at least the longest span that leases are asked for.
    package init(barrierSpan: Duration = .seconds(30)) {
        self.barrierSpan = barrierSpan
        epoch = serverRun
    }

    // MARK: What happens to servers

    /// Everything is wiped under a running server.
    package mutating func forget() {
        entries = [:]
        epoch = nil
        barrierUntil = nil
    }

    /// The server starts again with what it had then, or with nothing.
    package mutating func restart(with older: LeaseBook? = nil) {
        let run = serverRun + 1
        forget()
        if let older {
            entries = older.entries
            epoch = older.epoch
            barrierUntil = older.barrierUntil
        }
        serverRun = run
    }

    /// Declares that nobody can hold a lease, so that an empty store needs no barrier: the fleet never drew a number.
    ///
    /// - Returns: false when the store has an epoch already; nothing is changed.
    @discardableResult
    package mutating func begin() -> Bool {
        guard epoch == nil else { return false }
        epoch = serverRun
        barrierUntil = nil
        return true
    }

    // MARK: The five questions

    /// Asks for the lease.
    ///
    /// Every answer raises the key's highest, so that a number is granted at most once.
    /// *Mine* moves the end like a renewal: after it, as after *granted*, the lease lasts `span` from when the request was sent.
    package mutating func take(
        _ key: ExclusionKey,
        _ number: DispatchNumber,
        run: RunToken,
        holder: String? = nil,
        span: Duration,
        quietGap: Duration,
        now: Instant
    ) -> TakeAnswer {
        let barrier = barrierLeft(now)
        var entry = current(key, now: now) ?? Entry(lease: nil, highest: number, answer: .busy, busyRun: run, clean: true)
        let isNew = entries[key] == nil
        defer { entries[key] = entry }
        if let barrier {
            if number > entry.highest {
                entry.highest = number
                entry.answer = .busy
                entry.busyRun = run
            }
            return .busy(for: max(barrier, entry.lease.map { $0.end - now } ?? .zero))
        }
        if let lease = entry.lease, lease.number == number, lease.run == run, !lease.isBarred {
            entry.lease?.end = max(lease.end, now + span)
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
            return .busy(for: lease.end - now)
        }
        let isUnsure = barrierUntil.map { now < $0 + quietGap } ?? false
        let gap = (isNew || entry.clean) && !isUnsure ? Duration.zero : quietGap
        entry.lease = Held(number: number, run: run, holder: holder, since: now, quietGap: gap, end: now + span)
        entry.answer = .granted
        entry.busyRun = nil
        return .granted(quietGap: gap)
    }

    /// Moves the end of a lease; only its own run may.
    package mutating func renew(_ key: ExclusionKey, _ number: DispatchNumber, run: RunToken, span: Duration, now: Instant) -> RenewAnswer {
        let barrier = barrierLeft(now)
        if var entry = current(key, now: now), let lease = entry.lease, lease.number == number, lease.run == run {
            guard !lease.isBarred else { return .lost }
            entry.lease?.end = now + span
            entries[key] = entry
            return .renewed
        }
        guard barrier != nil else { return .lost }
        return putBack(key, number, run: run, span: span, now: now)
    }

    /// Gives a lease back; only its own run may.
    ///
    /// `clean`: no request to the device is under way.
    package mutating func release(_ key: ExclusionKey, _ number: DispatchNumber, run: RunToken, clean: Bool, now: Instant) -> ReleaseAnswer
    {
        _ = barrierLeft(now)
        guard var entry = current(key, now: now), let lease = entry.lease, lease.number == number, lease.run == run else { return .notHeld }
        entry.lease = nil
        entry.clean = clean
        entries[key] = entry
        return .released
    }

    /// A worker gives a number back that it did not start: it will never be granted.
    package mutating func hand(_ key: ExclusionKey, _ number: DispatchNumber, now: Instant) -> HandAnswer {
        _ = barrierLeft(now)
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

    /// The orchestrator leaves a number: unless it is held, or might be, it will never be granted.
    package mutating func void(_ key: ExclusionKey, _ number: DispatchNumber, now: Instant) -> VoidAnswer {
        let barrier = barrierLeft(now)
        let known = current(key, now: now)
        let own = known?.lease.flatMap { $0.number == number ? $0.end - now : nil }
        if let left = [barrier, own].compactMap(\.self).max() { return .held(for: left) }
        guard var entry = known else {
            entries[key] = Entry(lease: nil, highest: number, answer: .void, busyRun: nil, clean: true)
            return .void(wasGranted: false)
        }
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

    // MARK: For people

    /// Ends the renewals of a lease by force: it is free when its holder's own end has passed.
    package mutating func bar(_ key: ExclusionKey, now: Instant) -> BarAnswer {
        _ = barrierLeft(now)
        guard var entry = current(key, now: now), let lease = entry.lease else { return .free }
        entry.lease?.isBarred = true
        entries[key] = entry
        return .barred(lease.number, holder: lease.holder, for: lease.end - now)
    }

    /// The lease of a key that holds now.
    package func lease(_ key: ExclusionKey, now: Instant) -> Held? {
        entries[key]?.lease.flatMap { $0.end > now ? $0 : nil }
    }

    /// Keys with a lease that holds now, sorted.
    package func leasedKeys(now: Instant) -> [ExclusionKey] {
        entries.keys.filter { lease($0, now: now) != nil }.sorted()
    }

    // MARK: The barrier

    /// Notices that the store forgot, and says how long the barrier still stands; `nil`: it does not.
    private mutating func barrierLeft(_ now: Instant) -> Duration? {
        if epoch != serverRun {
            epoch = serverRun
            barrierUntil = now + barrierSpan
        }
        guard let barrierUntil, now < barrierUntil else { return nil }
        return barrierUntil - now
    }

    /// A live run's lease that the store forgot; refused when a larger number stands, which was granted after this one had ended.
    private mutating func putBack(_ key: ExclusionKey, _ number: DispatchNumber, run: RunToken, span: Duration, now: Instant) -> RenewAnswer
    {
        var entry = current(key, now: now) ?? Entry(lease: nil, highest: number, answer: .granted, busyRun: nil, clean: true)
        if let lease = entry.lease, lease.number >= number { return .lost }
        entry.lease = Held(number: number, run: run, holder: nil, since: now, quietGap: .zero, end: now + span)
        if number >= entry.highest {
            entry.highest = number
            entry.answer = .granted
            entry.busyRun = nil
        }
        entries[key] = entry
        return .renewed
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
