import Domain
import MemoryAdapters

/// Who leads, and what the leader plans; as Leadership and CoordinatorReign do it.
extension SimOrchestrator {
    // MARK: Election

    /// One request after the other, for as long as it lives.
    func elect() {
        switch election.tick(now: now) {
        case .wait(let until): after(max(.milliseconds(1), until - now)) { [weak self] in self?.elect() }
        case .look:
            write(
                { record, _ in record.leaders.look(.coordinator) },
                then: { [weak self] commit in
                    guard let self else { return }
                    if case .done(let found) = commit { election.looked(found, now: now) } else { election.failed(now: now) }
                    elect()
                }
            )
        case .claim(let seen): claim(seen)
        case .renew(let term): renew(term)
        case .none: break
        }
    }

    private func claim(_ seen: LeaderMark?) {
        let sentAt = now
        let holder = observer
        write(
            { [weak self] record, now in
                let term = record.leaders.claim(.coordinator, for: holder, seen: seen, now: now)
                if let term { self?.world.tookOver(term, holder) }
                return term
            },
            then: { [weak self] commit in
                guard let self else { return }
                if case .done(let term) = commit { election.claimed(term, sentAt: sentAt) } else { election.failed(now: now) }
                elect()
            }
        )
    }

    private func renew(_ term: Term) {
        let sentAt = now
        let holder = observer
        write(
            { record, now in record.leaders.renew(.coordinator, by: holder, term: term, now: now) },
            then: { [weak self] commit in
                guard let self else { return }
                if case .done(let isOurs) = commit { election.renewed(isOurs, sentAt: sentAt) } else { election.failed(now: now) }
                elect()
            }
        )
    }

    // MARK: Turns

    /// What has changed and what is due is attended to; in the end the turn is noted.
    func coordinate() {
        guard let term = election.reign(at: now)?.term else {
            attended = [:]
            return
        }
        look(.coordinate) { [weak self] done in
            guard let self else { return }
            let olts = Set(world.devices.map(\.olt))
            write(
                { record, now in (record.dueBooks(limit: 16, now: now), record.declarations(of: olts)) },
                then: { [weak self] commit in
                    guard let self, case .done(let (due, declared)) = commit else { return done() }
                    let changed = declared.filter { self.attended[$0.olt] != $0 }.map(\.olt)
                    let olts = Set(due.map(\.olt) + changed).sorted()
                    askLeases(due.filter(\.awaitsLease).map(\.olt)) { [weak self] held in
                        guard let self else { return }
                        // A turn takes its time, and its process may be frozen meanwhile.
                        after(upTo(.milliseconds(1500))) { [weak self] in
                            self?.attend(olts, held, term) { [weak self] in self?.noteTurn(olts.count, term, done) }
                        }
                    }
                }
            )
        }
    }

    private func noteTurn(_ olts: Int, _ term: Term, _ done: @escaping () -> Void) {
        let holder = observer
        write(
            { [weak self] record, now in
                guard let self else { return false }
                let tick = CoordinatorTick(term: world.written(term, in: record), holder: holder, at: now, took: .zero, olts: olts)
                return world.coordinated(by: holder, under: term) { world.note(tick, in: &record) } != nil
            },
            then: { [weak self] commit in
                if case .done(false) = commit { self?.depose() }
                done()
            }
        )
    }

    /// The record says that another one leads.
    private func depose() {
        world.journal.saw(.deposed)
        attended = [:]
    }

    /// Which leases are held; of those that Redis does not tell nobody can say that they are free.
    private func askLeases(_ olts: [OLTID], _ held: Set<OLTID> = [], _ then: @escaping (Set<OLTID>) -> Void) {
        guard let olt = olts.first else { return then(held) }
        let key = ExclusionKey(olt)
        askRedis(
            { $0.lease(key, now: $1) != nil },
            then: { [weak self] isHeld in
                self?.askLeases(Array(olts.dropFirst()), isHeld == false ? held : held.union([olt]), then)
            }
        )
    }

    private func attend(_ olts: [OLTID], _ held: Set<OLTID>, _ term: Term, _ then: @escaping () -> Void) {
        guard !olts.isEmpty else { return then() }
        let ids = world.ids
        let rules = settings.rules
        let holder = observer
        write(
            { [weak self] record, now -> AttendanceReport? in
                guard let self else { return nil }
                let attendance = Attendance(
                    olts: olts,
                    heldLeases: held,
                    rules: rules,
                    term: world.written(term, in: record),
                    makeID: { ids.next(at: now) },
                    now: now
                )
                return world.coordinated(by: holder, under: term) { self.world.attend(attendance, in: &record) }
            },
            then: { [weak self] commit in
                guard let self, case .done(let report) = commit else {
                    then()
                    return
                }
                guard let report else {
                    depose()
                    return then()
                }
                for declaration in report.declarations { attended[declaration.olt] = declaration }
                tell(report.endings)
                violateLater()
                then()
            }
        )
    }

    /// The defects: what a period came to is written by itself, and perhaps again.
    private func violateLater() {
        let taken = world.takenViolations
        world.takenViolations = []
        guard !taken.isEmpty else { return }
        switch world.defect {
        case .violationWrittenLater: write({ record, _ in record.coordination.violations += taken }, then: { _ in })
        case .violationWrittenTwice: untilWritten({ record, _ in record.coordination.violations += taken }, then: { _ in })
        default: break
        }
    }
}
