/// Decides which caller gets which connection, and when to open another.
///
/// A pure machine.
///
/// A slot is one connection's life: opening → idle ⇄ leased → gone. After a failed attempt there is one pause for the
/// whole pool, and until an attempt succeeds only one is made at a time.
struct PoolMachine {
    typealias Slot = UInt64
    typealias Waiter = UInt64

    enum Effect: Equatable {
        /// Open a connection; answer with `opened` or `openFailed`.
        case open(Slot)
        /// Give the connection to the caller, who answers with `released`.
        case lease(Slot, to: Waiter)
        case refuse(Waiter, Refusal)
        /// Close a connection that nobody uses, and forget it.
        case close(Slot)
        /// Answer with `pauseIsOver` after the pause that follows so many failures in a row.
        case pause(failures: Int)
        /// The pool is closed and no connection is left.
        case drained
    }

    enum Refusal: Equatable {
        case tooManyWaiting
        case timedOut
        case cancelled
        case closed
    }

    private enum State {
        case opening
        case idle
        case leased
    }

    private let size: Int
    private let waitersMax: Int
    private var slots: [Slot: State] = [:]
    /// The last one used comes first: it is warm, and the others may rest.
    private var idle: [Slot] = []
    /// In the order of arrival; those who left are skipped when they surface.
    private var queue: [Waiter] = []
    private var queueHead = 0
    private var waiting: Set<Waiter> = []
    private var lastSlot: Slot = 0
    private var failures = 0
    private var isPaused = false
    private var isClosed = false

    init(size: Int, waitersMax: Int) {
        self.size = size
        self.waitersMax = waitersMax
    }

    /// Connections that stand or are being opened.
    var slotCount: Int { slots.count }
    var waiterCount: Int { waiting.count }
    /// The last attempt to open a connection failed.
    var isFailing: Bool { failures > 0 }

    /// A caller wants a connection.
    mutating func acquire(_ waiter: Waiter) -> [Effect] {
        if isClosed { return [.refuse(waiter, .closed)] }
        if let slot = idle.popLast() {
            slots[slot] = .leased
            return [.lease(slot, to: waiter)]
        }
        guard waiting.count < waitersMax else { return [.refuse(waiter, .tooManyWaiting)] }
        waiting.insert(waiter)
        queue.append(waiter)
        return openForWaiters()
    }

    /// A caller waited long enough, or was cancelled.
    mutating func leave(_ waiter: Waiter, because refusal: Refusal) -> [Effect] {
        waiting.remove(waiter) == nil ? [] : [.refuse(waiter, refusal)]
    }

    mutating func opened(_ slot: Slot) -> [Effect] {
        guard slots[slot] != nil else { preconditionFailure("an unknown slot was opened") }
        failures = 0
        return makeFree(slot) + openForWaiters()
    }

    mutating func openFailed(_ slot: Slot) -> [Effect] {
        slots[slot] = nil
        failures += 1
        if isClosed { return drainedEffects() }
        if isPaused { return [] }
        isPaused = true
        return [.pause(failures: failures)]
    }

    mutating func pauseIsOver() -> [Effect] {
        isPaused = false
        return isClosed ? [] : openForWaiters()
    }

    /// A caller gives its connection back.
    mutating func released(_ slot: Slot, isReusable: Bool) -> [Effect] {
        precondition(slots[slot] == .leased, "a connection was given back that was not leased")
        if isReusable { return makeFree(slot) }
        slots[slot] = nil
        return isClosed ? [.close(slot)] + drainedEffects() : [.close(slot)] + openForWaiters()
    }

    /// A connection ended by itself; a leased one is dealt with when it is given back.
    mutating func lost(_ slot: Slot) -> [Effect] {
        guard slots[slot] == .idle else { return [] }
        slots[slot] = nil
        idle.removeAll { $0 == slot }
        return [.close(slot)] + openForWaiters()
    }

    /// Refuses who waits and closes what is idle; leased connections are closed when they come back.
    mutating func close() -> [Effect] {
        if isClosed { return [] }
        isClosed = true
        var effects = queue[queueHead...].filter { waiting.contains($0) }.map { Effect.refuse($0, .closed) }
        waiting = []
        queue = []
        queueHead = 0
        for slot in idle { slots[slot] = nil }
        effects += idle.map { .close($0) }
        idle = []
        return effects + drainedEffects()
    }

    private mutating func makeFree(_ slot: Slot) -> [Effect] {
        if isClosed {
            slots[slot] = nil
            return [.close(slot)] + drainedEffects()
        }
        if let waiter = nextWaiter() {
            slots[slot] = .leased
            return [.lease(slot, to: waiter)]
        }
        slots[slot] = .idle
        idle.append(slot)
        return []
    }

    private mutating func nextWaiter() -> Waiter? {
        while queueHead < queue.count {
            let waiter = queue[queueHead]
            queueHead += 1
            if queueHead == queue.count || queueHead >= 1024 {
                queue.removeFirst(queueHead)
                queueHead = 0
            }
            if waiting.remove(waiter) != nil { return waiter }
        }
        return nil
    }

    private mutating func openForWaiters() -> [Effect] {
        guard !isPaused else { return [] }
        var effects: [Effect] = []
        var opening = slots.values.count { $0 == .opening }
        let openingMax = failures > 0 ? 1 : size
        while slots.count < size, opening < min(waiting.count, openingMax) {
            lastSlot += 1
            slots[lastSlot] = .opening
            opening += 1
            effects.append(.open(lastSlot))
        }
        return effects
    }

    private func drainedEffects() -> [Effect] {
        slots.isEmpty ? [.drained] : []
    }
}
