import Domain

/// Orders on many letters, and how far each has come.
struct LetterBatchShelf: Sendable {
    struct Entry: Sendable {
        let id: Int64
        let order: LetterOrder
        let total: Int
        let bound: Int64
        let createdAt: Timestamp
        var state = LetterBatch.State.running
        var done = 0
        var leftOpen = 0
        var after: LetterPlace?
        var dueAt: Timestamp
        var updatedAt: Timestamp
        var finishedAt: Timestamp?

        var batch: LetterBatch {
            LetterBatch(
                id: id,
                order: order,
                state: state,
                total: total,
                done: done,
                leftOpen: leftOpen,
                createdAt: createdAt,
                updatedAt: updatedAt,
                finishedAt: finishedAt
            )
        }
    }

    private var entries: [Int64: Entry] = [:]
    private var lastID: Int64 = 0

    mutating func add(_ order: LetterOrder, total: Int, bound: Int64, now: Timestamp) -> LetterBatch {
        lastID += 1
        let entry = Entry(id: lastID, order: order, total: total, bound: bound, createdAt: now, dueAt: now, updatedAt: now)
        entries[lastID] = entry
        return entry.batch
    }

    mutating func put(_ entry: Entry) { entries[entry.id] = entry }

    func batch(_ id: Int64) -> LetterBatch? { entries[id]?.batch }

    /// Newest first.
    func page(limit: Int, cursor: String?) -> Page<LetterBatch> {
        let limit = min(max(1, limit), 1000)
        let below = cursor.flatMap { Int64($0) } ?? .max
        let found = entries.keys.filter { $0 < below }.sorted(by: >).prefix(limit + 1).compactMap { batch($0) }
        return Page.cut(found, limit: limit) { "\($0.id)" }
    }

    mutating func stop(_ id: Int64, now: Timestamp) -> LetterBatch? {
        if var entry = entries[id], entry.state == .running {
            (entry.state, entry.finishedAt, entry.updatedAt) = (.stopped, now, now)
            put(entry)
        }
        return batch(id)
    }

    private var running: [Entry] { entries.values.filter { $0.state == .running }.sorted { ($0.dueAt, $0.id) < ($1.dueAt, $1.id) } }

    func due(_ now: Timestamp) -> Entry? { running.first { $0.dueAt <= now } }

    func nextDue(after now: Timestamp) -> Timestamp? { running.first { $0.dueAt > now }?.dueAt }

    func isUnderWay(since time: Timestamp) -> Bool { running.contains { $0.createdAt > time } }

    mutating func trim(keeping count: Int) {
        for id in entries.keys.sorted(by: >).dropFirst(count) where entries[id]?.state != .running { entries[id] = nil }
    }
}
