package import Domain

/// Locks: leases that people and programs take by name, with numbers from the sequence that tasks get theirs from.
///
/// A lock that is asked for longer than the lease store's barrier lasts is written down in the record as well, for a store that forgot
/// would grant it to another one before its holder's own end.
extension ControlDesk {
    /// Pause between two questions for a lock that another holds.
    private static let askEvery: Duration = .milliseconds(200)

    /// Takes a lock; while another holds it, asks again for `order.wait`.
    package func acquire(_ order: LockOrder, token: RunToken? = nil) async throws -> LockAnswer {
        let patience = parts.time.monotonic() + order.wait
        var chance = SystemRandomNumberGenerator()
        let token = token ?? RunToken(using: &chance)
        while true {
            let draw = try await parts.keys.draw(for: order.name)
            var answer = try await ask(order, draw, token)
            // A number that was told busy may be asked for again, until a larger one was.
            while case .busy(let standing) = answer {
                guard parts.time.monotonic() + Self.askEvery < patience else { return .refused(standing) }
                try await Task.sleep(for: Self.askEvery)
                answer = try await ask(order, draw, token)
            }
            switch answer {
            case .held(let lock): return .held(lock)
            case .busy(let standing): return .refused(standing)
            case .overtaken: continue
            }
        }
    }

    /// Moves the end of a lock; only the holder may.
    package func renew(_ name: LockName, fence: DispatchNumber, token: RunToken, ttl: Duration, holder: String?) async throws -> LockAnswer
    {
        let key = ExclusionKey(name)
        let wall = parts.time.wall()
        guard try await parts.leases.renew(key, fence, run: token, span: ttl) == .renewed else { return .refused(try await standing(name)) }
        if ttl > parts.leaseBarrier, try await !parts.keys.keep(name, fence, holder: holder ?? "", for: ttl) {
            _ = try await parts.leases.release(key, fence, run: token, clean: true)
            return .refused(try await standing(name))
        }
        return .held(HeldLock(name: name, fence: fence, token: token, acquiredAt: wall, expiresAt: wall + ttl))
    }

    /// Gives a lock back.
    /// - Returns: what stands instead when it was not the holder who asked; `nil`: it is free.
    package func release(_ name: LockName, fence: DispatchNumber, token: RunToken) async throws -> StandingLock? {
        let answer = try await parts.leases.release(ExclusionKey(name), fence, run: token, clean: true)
        guard answer == .released else { return try await standing(name) }
        try await parts.keys.drop(name, fence)
        return nil
    }

    /// Who holds a lock, as far as is known.
    package func standing(_ name: LockName) async throws -> StandingLock {
        let lease = try await parts.leaseBoard.lease(ExclusionKey(name))
        return StandingLock(fence: lease?.number, holder: lease?.holder, until: lease?.until)
    }

    private enum Asked {
        case held(HeldLock)
        case busy(StandingLock)
        /// A larger number was there first: draw another one.
        case overtaken
    }

    private func ask(_ order: LockOrder, _ draw: LockDraw, _ token: RunToken) async throws -> Asked {
        if let long = draw.standing, long.until > parts.time.wall() {
            return .busy(StandingLock(fence: long.number, holder: long.holder, until: long.until))
        }
        let key = ExclusionKey(order.name)
        let sentAt = parts.time.monotonic()
        let wall = parts.time.wall()
        switch try await parts.leases.take(key, draw.number, run: token, holder: order.holder.text, span: order.ttl) {
        case .granted, .mine:
            let lock = HeldLock(name: order.name, fence: draw.number, token: token, acquiredAt: wall, expiresAt: wall + order.ttl)
            guard order.ttl > parts.leaseBarrier else { return .held(lock) }
            let isKept = try await parts.keys.keep(order.name, draw.number, holder: order.holder.text, for: order.ttl)
            // Written down so late that a store that forgot could have granted it to another one meanwhile.
            if isKept, parts.time.monotonic() < sentAt + parts.leaseBarrier { return .held(lock) }
            _ = try await parts.leases.release(key, draw.number, run: token, clean: true)
            try await parts.keys.drop(order.name, draw.number)
            return .overtaken
        case .busy(let left):
            var standing = try await standing(order.name)
            if standing.until == nil { standing = StandingLock(fence: nil, holder: nil, until: wall + left) }
            return .busy(standing)
        case .seen:
            return .overtaken
        }
    }
}
