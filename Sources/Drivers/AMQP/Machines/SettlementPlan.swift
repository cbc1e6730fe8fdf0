/// How the settlements of one turn are written, with as few frames as the protocol allows.
///
/// Pure.
///
/// Rejects go one by one and first. Acks below the lowest tag still open go as one with `multiple`: by then every tag
/// up to it is settled, so it can name nothing else. Besides the frames this saves the broker much: its quorum queues
/// hold acks back beyond 32 commands under way, and forget those when the channel is closed at once.
struct SettlementPlan {
    struct Line: Equatable {
        let channel: UInt16
        let tag: UInt64
        let verdict: Settlement.Verdict
        var multiple = false
    }

    private(set) var lines: [Line] = []
    private var acks: [UInt16: [UInt64]] = [:]

    mutating func add(_ settlement: Settlement) {
        switch settlement.verdict {
        case .ack: acks[settlement.tag.channel, default: []].append(settlement.tag.number)
        case .reject:
            lines.append(Line(channel: settlement.tag.channel, tag: settlement.tag.number, verdict: settlement.verdict))
        }
    }

    /// Ends the turn.
    ///
    /// `lowestOpen` answers for a channel, after everything that was added was taken off its book.
    mutating func finish(lowestOpen: (UInt16) -> UInt64?) -> [Line] {
        for (channel, tags) in acks {
            let bound = lowestOpen(channel) ?? .max
            if let last = tags.lazy.filter({ $0 < bound }).max() {
                lines.append(Line(channel: channel, tag: last, verdict: .ack, multiple: true))
            }
            for tag in tags where tag > bound { lines.append(Line(channel: channel, tag: tag, verdict: .ack)) }
        }
        acks.removeAll(keepingCapacity: true)
        defer { lines.removeAll(keepingCapacity: true) }
        return lines
    }
}
