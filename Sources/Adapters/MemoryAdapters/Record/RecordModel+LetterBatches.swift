import Domain

extension RecordModel {
    mutating func start(_ order: LetterOrder, now: Timestamp) -> LetterBatch {
        let total: Int
        let kept: LetterOrder.Selection
        switch order.selection {
        case .ids(let ids):
            let sorted = Set(ids).sorted()
            (kept, total) = (.ids(sorted), sorted.count)
        case .filter(let filter): (kept, total) = (.filter(filter.forVerbs), letters.matches(filter.forVerbs).count)
        }
        let order = LetterOrder(order.verb, kept, priority: order.priority, payload: order.payload, perSecond: order.perSecond)
        return letterBatches.add(order, total: total, bound: letters.highestID, now: now)
    }

    mutating func workBatch(chunkMax: Int, makeID: () -> TaskID, now: Timestamp) -> LetterBatchStep {
        guard var entry = letterBatches.due(now) else { return letterBatches.nextDue(after: now).map { .later($0) } ?? .idle }
        let pace = LetterPace(perSecond: entry.order.perSecond, chunkMax: chunkMax)
        let found = next(of: entry, limit: pace.chunk, now: now)
        let done = perform(entry.order, found.map(\.id), dryRun: false, makeID: makeID, now: now).count(where: \.word.isDone)
        let isOver = found.count < pace.chunk
        entry.done += done
        entry.leftOpen += found.count - done
        entry.after = found.last ?? entry.after
        (entry.dueAt, entry.updatedAt) = (pace.next(after: found.count, now: now), now)
        if isOver { (entry.state, entry.finishedAt) = (.done, now) }
        letterBatches.put(entry)
        return .worked(batch: entry.id, verb: entry.order.verb, done: done, leftOpen: found.count - done, isOver: isOver)
    }

    private func next(of entry: LetterBatchShelf.Entry, limit: Int, now: Timestamp) -> [LetterPlace] {
        switch entry.order.selection {
        case .ids(let ids):
            return ids.drop { $0 <= entry.after?.id ?? .min }.prefix(limit).map { LetterPlace(diedAt: now, id: $0) }
        case .filter(let filter):
            let places = letters.matches(filter).filter { $0.id <= entry.bound }.map(\.place)
            return Array(places.drop { place in entry.after.map { place <= $0 } ?? false }.prefix(limit))
        }
    }

    mutating func trimLetters(_ keeping: LetterKeeping, now: Timestamp) -> [LetterTrim] {
        defer {
            letters.trimEvidence(keeping, now: now)
            letterBatches.trim(keeping: keeping.batchesMax)
        }
        guard !letterBatches.isUnderWay(since: now - .seconds(3600)) else { return [] }
        var trims: [LetterTrim?] = []
        for taskClass in [nil] + TaskClass.allCases.map(Optional.some) {
            trims.append(
                letters.trim(.taskClass(taskClass), keeping: keeping.perClass) { letter in
                    letter.taskClass == taskClass && keeping.perKind[letter.kind ?? ""] == nil
                }
            )
        }
        for (kind, count) in keeping.perKind.sorted(by: { $0.key < $1.key }) {
            trims.append(letters.trim(.kind(kind), keeping: count) { $0.kind == kind })
        }
        return trims.compactMap(\.self)
    }
}
