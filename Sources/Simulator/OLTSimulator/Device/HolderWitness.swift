/// Judges at the device whether two holders were heavy on it at the same time.
///
/// A tagged holder is known by its number (larger = newer); its span runs from its first PDU to its last. An untagged one is
/// known by its sender, and a pause of `senderPause` ends its span. Spans that cross are an overlap, counted once for each pair.
/// A single PDU of an older number behind a newer number's first one is a stray, not an overlap, until a second one comes.
package struct HolderWitness: Sendable {
    package enum Holder: Hashable, Sendable {
        case number(UInt64)
        case sender(Sender)
    }

    package struct Span: Equatable, Sendable {
        package let holder: Holder
        /// Since the simulator started.
        package let first: Duration
        package fileprivate(set) var last: Duration
        package fileprivate(set) var pdus: Int
        /// Whether it asked for optics.
        package fileprivate(set) var isDear = false
        /// PDUs that came behind a newer number's first one.
        fileprivate var late = 0
        /// Pairs already counted with this span as the one that went on too long.
        fileprivate var pairs = 0
    }

    /// Most spans that are remembered; older ones are forgotten, their overlaps stay counted.
    package static let spansMax = 1000
    /// Silence after which an untagged sender counts as a new holder.
    package static let senderPause: Duration = .seconds(2)

    package private(set) var overlaps = 0
    package private(set) var strays = 0
    private var spans: [Span] = []
    /// How many spans were forgotten: position in `spans` = place − forgotten.
    private var forgotten = 0
    private var places: [Holder: Int] = [:]
    private var newest: UInt64 = 0

    package init() {}

    /// The remembered spans, in the order of their first PDUs.
    package var holders: ArraySlice<Span> { spans[...] }

    /// What a PDU began.
    package struct News: Equatable, Sendable {
        /// Whether it is the first of its span.
        package var isFirst: Bool
        /// Whether it is the first of its span that asks for optics.
        package var isFirstDear: Bool
    }

    /// Takes note of one heavy PDU.
    @discardableResult
    package mutating func note(_ holder: Holder, at now: Duration, isDear: Bool = false) -> News {
        let position = span(of: holder, at: now)
        let news = News(isFirst: spans[position].pdus == 0, isFirstDear: isDear && !spans[position].isDear)
        if isDear { spans[position].isDear = true }
        spans[position].last = max(spans[position].last, now)
        spans[position].pdus += 1
        switch holder {
        case .sender: count(pairs: spans.count - 1 - position, at: position)
        case .number(let number):
            if number < newest { noteLate(position, number) } else { newest = number }
            if spans[position].late == 0 || spans[position].late > 1 {
                count(pairs: pairs(ofNumber: number, at: position, withNumbers: spans[position].late > 1), at: position)
            }
        }
        if spans.count > Self.spansMax { forgetOldest() }
        return news
    }

    private mutating func noteLate(_ position: Int, _ number: UInt64) {
        spans[position].late += 1
        switch spans[position].late {
        case 1: strays += 1
        case 2: strays -= 1
        default: break
        }
    }

    /// Spans that this number's span crosses: senders behind it, and the newer numbers once it is more than a stray.
    private func pairs(ofNumber number: UInt64, at position: Int, withNumbers: Bool) -> Int {
        guard withNumbers || position < spans.count - 1 else { return 0 }
        var pairs = 0
        for (other, span) in spans.enumerated() {
            switch span.holder {
            case .sender: if other > position { pairs += 1 }
            case .number(let its): if withNumbers && its > number { pairs += 1 }
            }
        }
        return pairs
    }

    private mutating func count(pairs: Int, at position: Int) {
        guard pairs > spans[position].pairs else { return }
        overlaps += pairs - spans[position].pairs
        spans[position].pairs = pairs
    }

    private mutating func span(of holder: Holder, at now: Duration) -> Int {
        if let place = places[holder] {
            let position = place - forgotten
            switch holder {
            case .number: return position
            case .sender: if now - spans[position].last < Self.senderPause { return position }
            }
        }
        spans.append(Span(holder: holder, first: now, last: now, pdus: 0))
        places[holder] = forgotten + spans.count - 1
        return spans.count - 1
    }

    /// Forgets a tenth at once, so that forgetting costs little for each PDU.
    private mutating func forgetOldest() {
        let count = spans.count - Self.spansMax + Self.spansMax / 10
        for (position, span) in spans[..<count].enumerated() where places[span.holder] == forgotten + position {
            places[span.holder] = nil
        }
        spans.removeFirst(count)
        forgotten += count
    }
}
