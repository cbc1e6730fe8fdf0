import Domain
import Logging

/// The coordinator's work under one term.
struct CoordinatorReign {
    /// Books of one page when everything is compared.
    private static let pageMax = 5_000

    let term: Term
    private let parts: CoordinatorParts
    private let settings: Coordinator.Settings
    private let log: Logger
    private var nextComparison: Instant
    private var nextSweep: Instant
    /// Changed OLTs that no turn has acted on yet.
    private var backlog: [OLTID] = []
    private var workersAreMissing: Bool?
    private var gaps: [ServiceGap] = []

    init(term: Term, parts: CoordinatorParts, settings: Coordinator.Settings, log: Logger) {
        self.term = term
        self.parts = parts
        self.settings = settings
        self.log = log
        nextComparison = parts.time.monotonic()
        nextSweep = parts.time.monotonic()
    }

    /// Says who leads now, and since when nobody did.
    func begin() async throws(RecordError) {
        let now = parts.time.wall()
        let last = try await parts.record.lastTick()
        let silence = last.map { now - $0.at }
        if let last, let silence, silence > settings.every * 3 + .seconds(10) {
            try await parts.record.note(ServiceGap(.noLeader, from: last.at, until: now), term: term)
        }
        let before = last.map { "; before it \($0.holder), term \($0.term), until \($0.at)" } ?? ""
        let event = CoordinatorEvent(
            .leaderChanged,
            .info,
            olt: nil,
            "\(parts.holder) leads, term \(term)\(before)",
            details: ["term": .number(Double(term.value)), "holder": .text(parts.holder)],
            at: now
        )
        try await parts.record.log([event], term: term)
        tell([event])
    }

    // MARK: One turn

    mutating func turn(news: Inbox.News) async throws(RecordError) {
        let began = parts.time.monotonic()
        try await lookAtWorkers()
        try await compare(news)
        var attended = 0
        let changed = Array(backlog.prefix(settings.changesMax))
        for start in stride(from: 0, to: changed.count, by: settings.batch) {
            let slice = Array(changed[start..<min(start + settings.batch, changed.count)])
            // No lease is asked about here, so none is known to be free.
            attended += try await attend(slice, heldLeases: Set(slice))
        }
        // Only now: what a failed turn did not act on is acted on by the next.
        backlog.removeFirst(changed.count)
        for _ in 0..<settings.batchesMax {
            let due = try await parts.record.dueBooks(limit: settings.batch, now: parts.time.wall())
            guard !due.isEmpty else { break }
            attended += try await attend(due.map(\.olt), heldLeases: await heldLeases(due))
            if due.count < settings.batch { break }
        }
        let took = parts.time.monotonic() - began
        let tick = CoordinatorTick(term: term, holder: parts.holder, at: parts.time.wall(), took: took, olts: attended)
        _ = try await parts.record.noteTick(tick)
        await sweepIfDue()
    }

    private func attend(_ olts: [OLTID], heldLeases: Set<OLTID>) async throws(RecordError) -> Int {
        guard !olts.isEmpty else { return 0 }
        let report = try await parts.record.attend(
            Attendance(
                olts: olts,
                heldLeases: heldLeases,
                gaps: gaps,
                rules: settings.rules,
                term: term,
                makeID: parts.makeID,
                now: parts.time.wall()
            )
        )
        if !report.endings.answers.isEmpty { await parts.follow(report.endings) }
        if report.due > 0 { parts.somethingIsDue() }
        tell(report.events)
        await keep(report.declarations, of: olts)
        return olts.count
    }

    private func heldLeases(_ due: [DueBook]) async -> Set<OLTID> {
        var held: Set<OLTID> = []
        for book in due where book.awaitsLease {
            guard let key = ExclusionKey(book.olt.description) else { continue }
            do throws(LeaseStoreError) {
                if try await parts.leases.lease(key) != nil { held.insert(book.olt) }
            } catch {
                // Nobody can say that it is free.
                held.insert(book.olt)
            }
        }
        return held
    }

    /// Both logs get every decision: the table has it already, here is the file's line.
    private func tell(_ events: [CoordinatorEvent]) {
        for event in events { parts.journal.write(event.level, event.kind.source, event.message, at: event.at) }
    }

    // MARK: What has changed

    private mutating func compare(_ news: Inbox.News) async throws(RecordError) {
        let isDue = parts.time.monotonic() >= nextComparison
        do throws(LeaseStoreError) {
            if news.isIncomplete || isDue {
                try await compareAll()
                nextComparison = parts.time.monotonic() + settings.compareEvery
            } else if !news.olts.isEmpty {
                try await compare(news.olts)
            }
        } catch {
            // Without hashes everything that is told looks changed; attending to it finds nothing where nothing is.
            log.warning("state hashes cannot be read", metadata: [LogKey.error: "\(error)"])
            enqueue(Array(news.olts))
        }
    }

    private mutating func compare(_ olts: Set<OLTID>) async throws(LeaseStoreError) {
        let known = try await parts.hashes.hashes(of: Array(olts))
        guard let declarations = await declarations(of: olts) else { return enqueue(Array(olts)) }
        // A declaration that is as it was: the book itself asked for a look, and is due.
        enqueue(declarations.filter { known[$0.olt] != parts.digest.hash($0.canonicalText) }.map(\.olt))
        let gone = olts.subtracting(declarations.map(\.olt))
        if !gone.isEmpty { try await parts.hashes.forget(Array(gone)) }
    }

    private func declarations(of olts: Set<OLTID>) async -> [OLTDeclaration]? {
        do throws(RecordError) {
            return try await parts.devices.declarations(of: olts)
        } catch {
            log.warning("declarations cannot be read", metadata: [LogKey.error: "\(error)"])
            return nil
        }
    }

    private mutating func compareAll() async throws(LeaseStoreError) {
        var known = try await parts.hashes.all()
        var last: OLTID?
        while true {
            guard let page = await page(after: last) else { return }
            var changed: [OLTID] = []
            for declared in page {
                let hash = parts.digest.hash(declared.text)
                if known.removeValue(forKey: declared.olt) != hash { changed.append(declared.olt) }
            }
            enqueue(changed)
            last = page.last?.olt
            if page.count < Self.pageMax { break }
        }
        if !known.isEmpty { try await parts.hashes.forget(Array(known.keys)) }
    }

    private func page(after olt: OLTID?) async -> [OLTDeclarationText]? {
        do throws(RecordError) {
            return try await parts.devices.allDeclarations(after: olt, limit: Self.pageMax)
        } catch {
            log.warning("declarations cannot be compared", metadata: [LogKey.error: "\(error)"])
            return nil
        }
    }

    private mutating func enqueue(_ olts: [OLTID]) {
        guard !olts.isEmpty else { return }
        let queued = Set(backlog)
        backlog += olts.filter { !queued.contains($0) }
    }

    /// What was acted on; a hash that is lost costs one look more.
    private func keep(_ declarations: [OLTDeclaration], of olts: [OLTID]) async {
        let hashes = Dictionary(
            declarations.map { ($0.olt, parts.digest.hash($0.canonicalText)) },
            uniquingKeysWith: { _, new in new }
        )
        do throws(LeaseStoreError) {
            if !hashes.isEmpty { try await parts.hashes.keep(hashes) }
        } catch {
            log.debug("state hashes cannot be kept", metadata: [LogKey.error: "\(error)"])
        }
    }

    // MARK: Who is missing

    /// Notes since when no worker could do what plans ask for.
    private mutating func lookAtWorkers() async throws(RecordError) {
        let now = parts.time.wall()
        let capability = Capability(of: try await parts.fleet.workers(now: now))
        let areMissing = capability.obstacle(to: OperationType.discovery.kind, in: .network) != nil
        if areMissing != workersAreMissing {
            try await parts.record.note(ServiceGap(.noWorkers, from: now, until: areMissing ? nil : now), term: term)
            workersAreMissing = areMissing
        }
        gaps = try await parts.record.gaps(since: now - settings.rules.period * 2 - settings.rules.grace)
    }

    // MARK: Keeping it small

    private mutating func sweepIfDue() async {
        guard parts.time.monotonic() >= nextSweep else { return }
        nextSweep = parts.time.monotonic() + settings.sweepEvery
        do throws(RecordError) {
            var deleted = 0
            while !Task.isCancelled {
                let rows = try await parts.record.sweep(settings.retention, batch: settings.sweepBatch, term: term, now: parts.time.wall())
                deleted += rows
                if rows < settings.sweepBatch { break }
            }
            if deleted > 0 { log.notice("old plans, quotas and decisions were deleted", metadata: [LogKey.count: "\(deleted)"]) }
        } catch {
            nextSweep = parts.time.monotonic() + settings.compareEvery
            log.warning("old decisions could not be deleted", metadata: [LogKey.error: "\(error)"])
        }
    }
}

extension CoordinatorEvent.Kind {
    /// Who writes such a line into the file.
    fileprivate var source: String {
        switch self {
        case .taskAdded, .taskRemoved, .taskIntervalChanged, .oltEnabled, .oltDisabled: "coordinator.loop"
        case .planCreated, .planAdjusted, .emergencyReplan: "coordinator.plan"
        case .executionAborted, .leaseCleared: "coordinator.executor"
        case .quotaViolation: "coordinator.quota"
        case .leaderChanged: "coordinator.leader"
        }
    }
}
