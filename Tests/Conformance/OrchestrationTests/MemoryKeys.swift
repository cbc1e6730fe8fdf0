import Domain

/// Numbers and long locks in memory.
actor MemoryKeys: KeyRecord {
    private var last: Int64 = 0
    private var long: [LockName: LongLock] = [:]

    func draw(for lock: LockName) async throws(RecordError) -> LockDraw {
        last += 1
        return LockDraw(number: DispatchNumber(last), standing: standing(lock))
    }

    func keep(_ lock: LockName, _ number: DispatchNumber, holder: String, for span: Duration) async throws(RecordError) -> Bool {
        if let other = standing(lock), other.number != number { return false }
        long[lock] = LongLock(number: number, holder: holder, until: Harness.time.wall() + span)
        return true
    }

    func drop(_ lock: LockName, _ number: DispatchNumber) async throws(RecordError) {
        if long[lock]?.number == number { long[lock] = nil }
    }

    func waiters(for keys: [ExclusionKey]) async throws(RecordError) -> [ExclusionKey: Int] { [:] }

    func hasDrawn() async throws(RecordError) -> Bool { last > 0 }

    private func standing(_ lock: LockName) -> LongLock? {
        long[lock].flatMap { $0.until > Harness.time.wall() ? $0 : nil }
    }
}
