import Domain

/// What came of asking for an attempt's lease.
enum Claim: Sendable {
    /// Held from now on; the first request waits the quiet gap.
    case held(LeaseKeeper, quietGap: Duration)
    case notRun(Verdict)
}

/// Asks for leases.
struct LeaseDesk: Sendable {
    private let leases: any LeaseStore
    /// Who holds them, for people.
    private let holder: WorkerID
    private let time: TimeSource
    private let settings: WorkerSettings

    init(leases: any LeaseStore, holder: WorkerID, time: TimeSource, settings: WorkerSettings) {
        self.leases = leases
        self.holder = holder
        self.time = time
        self.settings = settings
    }

    /// Asks for the lease; a run that is told *busy* asks again for a short while, the holder is often just letting go.
    func claim(_ key: ExclusionKey, for attempt: Attempt) async -> Claim {
        let patience = time.monotonic() + settings.busyPatience
        while true {
            let sentAt = time.monotonic()
            do throws(LeaseStoreError) {
                let number = attempt.task.number
                switch try await leases.take(key, number, run: attempt.run, holder: holder.text, span: settings.lease.span) {
                case .granted(let quietGap), .mine(let quietGap):
                    return .held(LeaseKeeper(sentAt: sentAt, settings: settings.lease), quietGap: quietGap)
                case .seen(let seen):
                    return .notRun(.seen(seen))
                case .busy(let left):
                    guard time.monotonic() + settings.busyPause < patience, await pause() else {
                        return .notRun(.deferred(Deferral(.busy, retryAfter: left > .zero ? left : nil)))
                    }
                }
            } catch {
                return .notRun(.deferred(Deferral(.leaseStoreSilent)))
            }
        }
    }

    /// Gives a number back that was not started, so that it is never granted.
    func hand(_ key: ExclusionKey, for attempt: Attempt, reason: Deferral.Reason) async -> Verdict {
        do throws(LeaseStoreError) {
            switch try await leases.hand(key, attempt.task.number) {
            case .deferred: return .deferred(Deferral(reason))
            case .seen(let seen): return .seen(seen)
            }
        } catch {
            return .deferred(Deferral(.leaseStoreSilent))
        }
    }

    /// - Returns: `nil` when the store did not answer: the old end stands.
    func renew(_ key: ExclusionKey, for attempt: Attempt) async -> RenewAnswer? {
        do throws(LeaseStoreError) {
            return try await leases.renew(key, attempt.task.number, run: attempt.run, span: settings.lease.span)
        } catch {
            return nil
        }
    }

    /// - Returns: the store's error when it did not answer: the lease ends by itself.
    func release(_ key: ExclusionKey, for attempt: Attempt, clean: Bool) async -> LeaseStoreError? {
        do throws(LeaseStoreError) {
            _ = try await leases.release(key, attempt.task.number, run: attempt.run, clean: clean)
            return nil
        } catch {
            return error
        }
    }

    /// - Returns: false when the attempt was cut off meanwhile.
    private func pause() async -> Bool {
        do {
            try await Task.sleep(for: settings.busyPause)
            return true
        } catch {
            return false
        }
    }
}
