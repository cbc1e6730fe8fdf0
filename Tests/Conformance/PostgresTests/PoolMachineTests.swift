import Testing

@testable import Postgres

@Suite("The pool machine", .timeLimit(.minutes(1)))
struct PoolMachineTests {
    @Test("the first caller opens a connection and gets it; the next caller gets the same one when it is free")
    func reuse() {
        var machine = PoolMachine(size: 2, waitersMax: 10)

        #expect(machine.acquire(1) == [.open(1)])
        #expect(machine.opened(1) == [.lease(1, to: 1)])
        #expect(machine.released(1, isReusable: true) == [])
        #expect(machine.acquire(2) == [.lease(1, to: 2)])
        #expect(machine.slotCount == 1)
    }

    @Test("callers are served in their order, and not more connections are opened than the size")
    func order() {
        var machine = PoolMachine(size: 1, waitersMax: 10)
        #expect(machine.acquire(1) == [.open(1)])
        #expect(machine.acquire(2) == [])
        #expect(machine.acquire(3) == [])

        #expect(machine.opened(1) == [.lease(1, to: 1)])
        #expect(machine.leave(2, because: .cancelled) == [.refuse(2, .cancelled)])
        #expect(machine.released(1, isReusable: true) == [.lease(1, to: 3)])
    }

    @Test("a caller beyond the bound is refused; one that left is refused once")
    func bounds() {
        var machine = PoolMachine(size: 1, waitersMax: 1)
        #expect(machine.acquire(1) == [.open(1)])
        #expect(machine.acquire(2) == [.refuse(2, .tooManyWaiting)])
        #expect(machine.leave(1, because: .timedOut) == [.refuse(1, .timedOut)])
        #expect(machine.leave(1, because: .cancelled) == [])
        #expect(machine.opened(1) == [])
        #expect(machine.acquire(3) == [.lease(1, to: 3)])
    }

    @Test("after a failure there is one pause, then one attempt at a time until one succeeds")
    func failing() {
        var machine = PoolMachine(size: 4, waitersMax: 10)
        #expect(machine.acquire(1) == [.open(1)])
        #expect(machine.acquire(2) == [.open(2)])
        #expect(machine.openFailed(1) == [.pause(failures: 1)])
        #expect(machine.openFailed(2) == [])
        #expect(machine.acquire(3) == [])
        #expect(machine.isFailing)

        #expect(machine.pauseIsOver() == [.open(3)])
        #expect(machine.openFailed(3) == [.pause(failures: 3)])
        #expect(machine.pauseIsOver() == [.open(4)])
        #expect(machine.opened(4) == [.lease(4, to: 1), .open(5), .open(6)])
        #expect(!machine.isFailing)
    }

    @Test("a connection that came back broken, or was lost while idle, is replaced when somebody waits")
    func broken() {
        var machine = PoolMachine(size: 1, waitersMax: 10)
        _ = machine.acquire(1)
        _ = machine.opened(1)
        #expect(machine.acquire(2) == [])
        #expect(machine.lost(1) == [])
        #expect(machine.released(1, isReusable: false) == [.close(1), .open(2)])
        #expect(machine.opened(2) == [.lease(2, to: 2)])
        #expect(machine.released(2, isReusable: true) == [])
        #expect(machine.lost(2) == [.close(2)])
        #expect(machine.slotCount == 0)
    }

    @Test("closing refuses who waits, closes what is idle at once and what is lent when it comes back")
    func closing() {
        var machine = PoolMachine(size: 3, waitersMax: 10)
        for waiter: UInt64 in 1...3 { _ = machine.acquire(waiter) }
        for slot: UInt64 in 1...2 { _ = machine.opened(slot) }
        #expect(machine.acquire(4) == [])
        #expect(machine.released(1, isReusable: true) == [.lease(1, to: 3)])
        #expect(machine.released(2, isReusable: true) == [.lease(2, to: 4)])
        #expect(machine.released(2, isReusable: true) == [])

        #expect(machine.close() == [.close(2)])
        #expect(machine.acquire(5) == [.refuse(5, .closed)])
        #expect(machine.opened(3) == [.close(3)])
        #expect(machine.released(1, isReusable: true) == [.close(1), .drained])
    }

    @Test("whatever happens, bounds hold, nobody is answered twice, and the pool drains", arguments: 0..<20)
    func randomInputs(seed: UInt64) {
        var random = Dice(seed: seed)
        var world = PoolWorld(size: 3, waitersMax: 5)

        for _ in 0..<3000 { world.step(&random) }
        world.drain()

        #expect(world.complaints == [])
        #expect(world.isDrained)
    }
}

/// Plays callers and connections against the machine and remembers what must not happen.
private struct PoolWorld {
    private var machine: PoolMachine
    private let size: Int
    private var opening: Set<UInt64> = []
    private var free: Set<UInt64> = []
    private var leased: [UInt64: UInt64] = [:]
    private var waiting: Set<UInt64> = []
    private var lastWaiter: UInt64 = 0
    private var isPaused = false
    private(set) var isDrained = false
    private(set) var complaints: [String] = []

    init(size: Int, waitersMax: Int) {
        self.size = size
        machine = PoolMachine(size: size, waitersMax: waitersMax)
    }

    mutating func step(_ random: inout Dice) {
        switch random.next() % 8 {
        case 0, 1, 2:
            lastWaiter += 1
            waiting.insert(lastWaiter)
            apply(machine.acquire(lastWaiter))
        case 3: if let slot = opening.randomElement(using: &random) { open(slot) }
        case 4:
            if let slot = opening.randomElement(using: &random), random.next() % 3 == 0 {
                opening.remove(slot)
                apply(machine.openFailed(slot))
            }
        case 5: if let slot = leased.keys.randomElement(using: &random) { giveBack(slot, isReusable: random.next() % 5 > 0) }
        case 6: if let waiter = waiting.randomElement(using: &random) { apply(machine.leave(waiter, because: .cancelled)) }
        default:
            if isPaused {
                isPaused = false
                apply(machine.pauseIsOver())
            } else if let slot = free.randomElement(using: &random), random.next() % 10 == 0 {
                apply(machine.lost(slot))
            }
        }
    }

    mutating func drain() {
        apply(machine.close())
        while let slot = opening.first { open(slot) }
        while let slot = leased.keys.first { giveBack(slot, isReusable: true) }
        if !waiting.isEmpty { complaints.append("\(waiting.count) callers were never answered") }
        if !free.isEmpty { complaints.append("\(free.count) connections were never closed") }
    }

    private mutating func open(_ slot: UInt64) {
        opening.remove(slot)
        free.insert(slot)
        apply(machine.opened(slot))
    }

    private mutating func giveBack(_ slot: UInt64, isReusable: Bool) {
        leased[slot] = nil
        free.insert(slot)
        apply(machine.released(slot, isReusable: isReusable))
    }

    private mutating func apply(_ effects: [PoolMachine.Effect]) {
        for effect in effects {
            switch effect {
            case .open(let slot): opening.insert(slot)
            case .lease(let slot, let waiter):
                if free.remove(slot) == nil { complaints.append("slot \(slot) was lent while not free") }
                if waiting.remove(waiter) == nil { complaints.append("caller \(waiter) was answered twice") }
                leased[slot] = waiter
            case .refuse(let waiter, _):
                if waiting.remove(waiter) == nil { complaints.append("caller \(waiter) was answered twice") }
            case .close(let slot): if free.remove(slot) == nil { complaints.append("slot \(slot) was closed while not free") }
            case .pause:
                if isPaused { complaints.append("two pauses at once") }
                isPaused = true
            case .drained: isDrained = true
            }
        }
        if opening.count + free.count + leased.count > size { complaints.append("more connections than the size") }
    }
}

/// A small reproducible generator (a linear congruence).
private struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 2 &+ 1 }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33 | state << 31
    }
}
